/**
 * The look of the chat: the conversation fills the window and scrolls by itself, so that the field to write in stays where it is. A window that
 * is too low for that, as when everything is enlarged, scrolls as a whole.
 */
export const style = `
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.title { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between; margin-block-end: .6rem; } .title h2 { margin: 0; }
.talking { display: flex; flex-direction: column; min-height: 30rem; } .talking > .talk { flex: 1 1 0; min-height: 9rem; align-content: start; margin: 0; }
.talk.scroll { max-height: none; } .talk:empty::after { content: "Write a message, or tick the microphone and speak."; }
.talk .human > div { white-space: pre-wrap; } .talk li { min-width: 0; max-width: min(46rem, 100%); white-space: normal; } .talk .human { max-width: min(46rem, 85%); background: var(--own); }
.talk p, .talk ul, .talk ol, .talk figure, .talk blockquote, .talk .wide { margin: .5rem 0 0; } .talk .who + div > :first-child { margin-block-start: 0; } .talk p { white-space: pre-wrap; }
.talk li li { max-width: none; background: none; padding: 0; margin-block-start: .2rem; white-space: pre-line; } .talk ul, .talk ol { padding-inline-start: 1.5rem; } .talk hr { border: 0; border-block-start: 1px solid var(--line); }
.talk blockquote { padding-inline-start: .75rem; border-inline-start: 3px solid var(--line); white-space: pre-wrap; }
.talk code { font: .9em ui-monospace, monospace; background: var(--card); border-radius: .25rem; padding: .1em .3em; }
.talk figure { border: 1px solid var(--line); border-radius: .4rem; background: var(--card); overflow: hidden; } .talk figure .wide { margin: 0; padding: .6rem .75rem; } .talk pre { margin: 0; } .talk pre code { padding: 0; background: none; overflow-wrap: normal; }
.talk .bar { display: flex; justify-content: space-between; align-items: center; gap: .75rem; padding-inline-start: .75rem; border-block-end: 1px solid var(--line); font-size: .85rem; color: var(--soft); } .talk .bar button { min-height: 2rem; border-width: 0 0 0 1px; border-radius: 0; padding: .25rem .75rem; }
.wide { overflow-x: auto; } .wide:focus-visible { outline-offset: -3px; } .talk table { width: auto; } .talk th, .talk td { display: table-cell; padding: .3rem 1rem .3rem 0; border-bottom: 1px solid var(--line); overflow-wrap: normal; } .talk tr { display: table-row; } .talk thead { position: static; }
.talking .fault { border-inline-start: 3px solid; background: var(--field); border-radius: .3rem; padding: .5rem .8rem; margin-block-start: .6rem; display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between; } .talking .fault p { margin: 0; flex: 1 1 16rem; } .talking .fault button { color: var(--ink); background: var(--card); }
#state { min-height: 1.55em; } .composer { display: flex; gap: .5rem; align-items: end; } .composer textarea { flex: 1; min-width: 0; resize: none; field-sizing: content; min-height: 2.75rem; max-height: min(14rem, 35vh); } .composer ::placeholder { color: var(--soft); opacity: 1; }
#keys { font-size: .85rem; margin: .25rem 0 0; } .talking fieldset { margin: .25rem 0 0; } .talking fieldset .row { align-items: center; } #end { margin-inline-start: auto; }
#sound label.tick meter { display: inline-block; width: 8rem; height: 1rem; margin: 0; } summary { cursor: pointer; min-height: 2.75rem; align-content: center; width: fit-content; } #sound { display: flex; flex-wrap: wrap; gap: 0 1.25rem; } #sound details[open] { flex-basis: 100%; }
.facts section { margin-block: 0 1rem; } .facts h2 + p { margin-block-start: 0; }
@supports not (field-sizing: content) { .composer textarea { resize: vertical; min-height: 4.5rem; } }
@media (pointer: coarse) { #keys { display: none; } }
@media (min-width: 48rem) and (min-height: 40rem) { body { height: 100dvh; display: flex; flex-direction: column; padding-block-end: 0; } main { flex: 1; min-height: 0; display: flex; flex-direction: column; } h1 { margin-block: .75rem .5rem; } .chat { flex: 1; min-height: 0; align-items: stretch; } .talking { min-height: 0; margin-block: 0 1rem; overflow-y: auto; } .facts { overflow-y: auto; } }
@media (max-width: 48rem) { h1 { position: absolute; clip-path: inset(50%); } .talking { padding: .75rem; margin-block-start: .75rem; } .chat { grid-template-columns: minmax(0, 1fr); } .row label.tick { flex-basis: auto; } }
@media (max-width: 48rem) and (min-height: 34rem) { .talking { min-height: calc(100dvh - 6.5rem); } }
`;
