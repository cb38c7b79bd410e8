// Runs before office.js. That loads further scripts, which our policy lets through from Microsoft's own addresses alone;
// and it takes two functions from the browser's history, which after_office.js gives back.
window.budkavleHistory = { pushState: history.pushState, replaceState: history.replaceState };
if (window.trustedTypes) {
  const hosts = ["appsforoffice.microsoft.com", "ajax.aspnetcdn.com"];
  window.trustedTypes.createPolicy("default", {
    createScriptURL(address) {
      const url = new URL(address, location.href);
      if (url.protocol === "https:" && hosts.includes(url.host)) return address;
      throw new TypeError(`No script is loaded from ${url.host}.`);
    },
  });
}
