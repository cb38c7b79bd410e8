// Requests of one form, one after another, each with what the form holds when its turn comes. By itself htmx sends what the
// form held at the press, drops the third, and calls the second done before it has begun.
let turn = Promise.resolve();
export const post = (form, parts) => {
  const send = () => htmx.ajax("POST", form.action, { source: form, swap: "outerMorph", ...parts });
  turn = turn.catch(() => {}).then(() => form.isConnected && send());
  return turn;
};
// A question about what is written changes nothing of it, so it takes no turn and nothing waits for its answer. It is given
// up for a newer one, which htmx then begins, and by whoever needs no answer any longer. The event does not bubble: the form
// around the place would give up what it sends.
export const giveUp = (place) => place && htmx.trigger(place, "htmx:abort", {}, false);
export const ask = (place, values) => {
  if (!place) return null;
  giveUp(place);
  const parts = { source: place, target: place, select: `#${place.id}`, swap: "outerMorph", values };
  return htmx.ajax("POST", place.closest("form").action, parts);
};
