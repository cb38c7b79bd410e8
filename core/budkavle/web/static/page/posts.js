// Requests of one form, one after another, each with what the form holds when its turn comes. By itself htmx sends what the
// form held at the press, drops the third, and calls the second done before it has begun.
let turn = Promise.resolve();
export const post = (form, parts) => {
  const send = () => htmx.ajax("POST", form.action, { source: form, swap: "outerMorph", ...parts });
  turn = turn.catch(() => {}).then(() => form.isConnected && send());
  return turn;
};
