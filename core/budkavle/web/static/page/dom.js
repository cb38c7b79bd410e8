// What every module asks of the page. Markup from the server is only ever swapped in by htmx (its Trusted Types policy).
export const all = (selector, root = document) => [...root.querySelectorAll(selector)];
export const one = (selector, root = document) => root.querySelector(selector);
export const swap = (verb, url, target, more = {}) => htmx.ajax(verb, url, { target, swap: "outerMorph", ...more });
