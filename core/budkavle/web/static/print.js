// A page made for paper asks for the printer at once.
addEventListener("load", () => window.print());
