/** The look of every page: the reader's own fonts and colour scheme, one column that fits a phone. */
export const style = `
:root { color-scheme: light dark; --line: light-dark(#c8ccd2, #4a4f57); --soft: light-dark(#565c66, #aab0ba); --accent: light-dark(#0b57d0, #8ab4f8); --field: light-dark(#f4f5f7, #23262b); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; font: 1rem/1.55 system-ui, sans-serif; background: Canvas; color: CanvasText; overflow-wrap: anywhere; }
header, .row { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; justify-content: space-between; }
h1 { font-size: 1.5rem; margin: .5rem 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
a { color: var(--accent); } :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.skip { position: absolute; left: -100vw; } .skip:focus { left: 1rem; }
input, select, textarea, button { font: inherit; color: inherit; background: var(--field); border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .75rem; max-width: 100%; min-height: 2.75rem; }
button { cursor: pointer; }
table { width: 100%; border-collapse: collapse; } th, td { text-align: start; padding: .5rem; border-bottom: 1px solid var(--line); vertical-align: top; } th { font-weight: 600; }
dl { display: grid; grid-template-columns: minmax(8rem, 16rem) 1fr; gap: .4rem 1rem; margin: 0; } dt { color: var(--soft); } dd { margin: 0; white-space: pre-wrap; }
ol, ul { padding-inline-start: 1.25rem; } .talk { list-style: none; padding: 0; } .talk li { border-inline-start: 3px solid var(--line); padding: .25rem .75rem; margin: .5rem 0; white-space: pre-wrap; } .talk .assistant { border-color: var(--accent); }
.soft { color: var(--soft); } .chosen { font-weight: 600; } audio { width: 100%; }
@media (max-width: 36rem) { dl { grid-template-columns: 1fr; } dd { margin-block-end: .5rem; } thead { position: absolute; left: -100vw; } tr, td { display: block; border: 0; padding: .15rem 0; } tr { border-bottom: 1px solid var(--line); padding: .5rem 0; } }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
`;
