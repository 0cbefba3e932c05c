/** The look of the board: cards on a wide screen, on a phone a table's rows become blocks, so that nothing has to be scrolled sideways. */
export const boardStyle = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; background: light-dark(#f6f7f9, #111316); color: light-dark(#171b21, #e8ebef);
  --line: light-dark(#d5d9df, #3b4149); --soft: light-dark(#565c66, #aab0ba); --accent: light-dark(#0b57d0, #8ab4f8); --card: light-dark(#fff, #191c21); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem 1rem 4rem; overflow-wrap: break-word; }
h1 { margin: 0; font-size: 1.6rem; } h2 { margin: 0 0 0.5rem; font-size: 1.1rem; } p { margin: 0.25rem 0; }
a { color: var(--accent); } :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.note, nav span { color: var(--soft); }
nav { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 0.75rem; margin: 1rem 0; }
nav a { background: var(--card); border: 1px solid var(--line); border-radius: 0.6rem; padding: 0.75rem 1rem; text-decoration: none; }
nav a:hover { border-color: var(--accent); } nav strong { display: block; font-size: 1.1rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 0.6rem; padding: 1rem 1.1rem; margin: 1rem 0; min-width: 0; }
.beside { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); gap: 0 1rem; align-items: start; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 0.4rem 0.75rem 0.4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; font-weight: normal; }
tbody th, thead th { font-weight: 600; } tr:last-child > * { border-bottom: 0; }
th[scope=row], .fixed, dd { overflow-wrap: anywhere; }
.fixed, code, dd { font: 0.9rem/1.5 ui-monospace, monospace; }
dl { display: grid; grid-template-columns: minmax(8rem, 16rem) 1fr; margin: 0; } dt, dd { margin: 0; padding: 0.25rem 0; } dt { font-weight: 600; }
dd ul { margin: 0; padding: 0; list-style: none; }
.well { color: light-dark(#116329, #57d37b); } .ill { color: light-dark(#a40e26, #ff8a92); }
@media (max-width: 44rem) {
  thead { position: absolute; left: -100vw; } tr, td, tbody th { display: block; border: 0; padding: 0.1rem 0; }
  tr { border-bottom: 1px solid var(--line); padding: 0.5rem 0; } tr:last-child { border: 0; }
  dl { grid-template-columns: minmax(0, 1fr); } dd { padding-top: 0; }
}
`;
