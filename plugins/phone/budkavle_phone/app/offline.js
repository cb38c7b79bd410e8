// Tries again as soon as the network is back, and now and then: a phone may say that there is one when there is none.
const again = () => location.reload();
addEventListener("online", again);
setInterval(() => navigator.onLine && again(), 15_000);
