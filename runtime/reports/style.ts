/** The look of every page: the reader's own fonts and colour scheme, one column that fits a phone. */
export const style = `
:root { color-scheme: light dark; --line: light-dark(#d5d9df, #3b4149); --soft: light-dark(#565c66, #aab0ba); --accent: light-dark(#0b57d0, #8ab4f8); --on-accent: light-dark(#fff, #10141a); --field: light-dark(#f4f5f7, #23272d); --own: light-dark(#e6eefb, #1f3050); --card: light-dark(#fff, #191c21); --ground: light-dark(#f6f7f9, #111316); --ink: light-dark(#171b21, #e8ebef); --fault: light-dark(#a3232b, #ff9a9a); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 1rem; font: 1rem/1.55 system-ui, sans-serif; background: var(--ground); color: var(--ink); overflow-wrap: anywhere; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; align-items: center; padding-block-end: .75rem; border-block-end: 1px solid var(--line); }
.brand { font-weight: 700; } .end { margin-inline-start: auto; padding: .5rem .75rem; } nav { display: flex; gap: .25rem; margin-inline-end: auto; }
nav a { padding: .5rem .75rem; border-radius: .4rem; text-decoration: none; } nav a:hover { background: var(--field); } nav a[aria-current] { background: var(--field); color: inherit; font-weight: 600; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 1.25rem 0 .5rem; } h2 { font-size: 1.05rem; margin: 0 0 .6rem; } h1::first-letter, .sentence::first-letter, dt::first-letter { text-transform: uppercase; }
p { margin: .5rem 0; } a { color: var(--accent); } :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.skip { position: absolute; left: -100vw; } .skip:focus { left: 1rem; background: var(--card); padding: .5rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem 1.1rem; margin: 1rem 0; }
.row { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; } .row label { flex: 0 1 18rem; } label > input:not([type=checkbox]), label > textarea, label > select, label > meter { display: block; width: 100%; margin-block-start: .25rem; }
.row label.tick { flex: 0 1 auto; } label.tick { display: flex; gap: .5rem; align-items: center; min-height: 2.75rem; }
input:not([type=checkbox]), textarea, select, button { font: inherit; color: inherit; background: var(--field); border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .75rem; max-width: 100%; min-height: 2.75rem; }
input[type=checkbox] { width: 1.15rem; height: 1.15rem; accent-color: var(--accent); } textarea { resize: vertical; }
button { cursor: pointer; } button:disabled, button[aria-disabled=true] { opacity: .55; cursor: default; } .main { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; }
table { width: 100%; border-collapse: collapse; } th, td { text-align: start; padding: .6rem .75rem .6rem 0; border-bottom: 1px solid var(--line); vertical-align: top; } th { font-weight: 600; } tr:last-child td { border-bottom: 0; } .fixed { white-space: nowrap; }
dl { display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr; margin: 0; } dt, dd { padding: .3rem 0; } dt { color: var(--soft); } dd { margin: 0; white-space: pre-wrap; }
ol, ul { padding-inline-start: 1.25rem; margin: .25rem 0; } .talk { list-style: none; padding: 0; display: grid; gap: .6rem; }
.talk li { max-width: 46rem; justify-self: start; background: var(--field); border-radius: .6rem; padding: .5rem .8rem; white-space: pre-wrap; } .talk .assistant { border-inline-start: 3px solid var(--accent); } .talk .human { justify-self: end; } .talk + form { margin-block-start: 1rem; } .talk:empty::after { content: "Nothing was said yet."; color: var(--soft); }
.who { display: block; font-size: .85rem; color: var(--soft); white-space: normal; } .soft { color: var(--soft); } .fault { color: var(--fault); }
.chips { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .4rem; } .chips li { border: 1px solid var(--line); border-radius: 2rem; padding: .15rem .75rem; } .chips .chosen { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; }
audio { width: 100%; } input[type=range] { width: 100%; padding: 0; accent-color: var(--accent); } fieldset { border: 0; padding: 0; margin: .75rem 0 0; min-width: 0; } legend { padding: 0; } .scroll { max-height: max(14rem, 60vh); overflow-y: auto; } [hidden] { display: none !important; } .chat { display: grid; grid-template-columns: minmax(0, 2fr) minmax(15rem, 1fr); gap: 0 1rem; align-items: start; } .chat dl { grid-template-columns: 1fr; } .chat dd { padding-block-start: 0; }
@media (max-width: 40rem) { .brand:has(+ nav) { display: none; } dl, .chat { grid-template-columns: minmax(0, 1fr); } dd { padding-block-start: 0; } thead { position: absolute; left: -100vw; } tr, td { display: block; border: 0; padding: .15rem 0; } tr { border-bottom: 1px solid var(--line); padding: .5rem 0; } tr:last-child { border: 0; } .row label { flex-basis: 100%; } .row { gap: .25rem .75rem; } }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
`;
