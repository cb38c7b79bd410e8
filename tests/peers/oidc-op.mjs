// A real OpenID provider (npm oidc-provider) whose people sign in without a form: login_hint says who.
// The first argument is JSON: {port, redirect, out, logout, secret, jwk, honest}. It prints "ready" when it answers.
import Provider, { interactionPolicy } from "oidc-provider";

const { port, redirect, out, logout, secret, jwk, honest } = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;
const digg = "http://id.elegnamnden.se/loa/1.0/";
const claim = "https://id.oidc.se/claim/personalIdentityNumber";
const scope = "https://id.oidc.se/scope/";
// Personnummer of Skatteverket's published test series.
const people = {
  anna: { acr: `${digg}loa3`, given_name: "Anna", family_name: "Test", name: "Anna Test", [claim]: "199001012385" },
  olle: { acr: `${digg}loa2`, given_name: "Olle", family_name: "Test", name: "Olle Test", [claim]: "198507099805" },
};

// A provider that lies goes on although the essential level could not be reached.
const policy = interactionPolicy.base();
if (!honest) policy.get("login").checks.remove("essential_acrs");

const common = {
  redirect_uris: [redirect],
  post_logout_redirect_uris: [out],
  backchannel_logout_uri: logout,
  backchannel_logout_session_required: true,
  id_token_signed_response_alg: "RS256",
};
const provider = new Provider(issuer, {
  clients: [
    { ...common, client_id: "plattform", client_secret: secret },
    {
      ...common,
      client_id: "plattform-key",
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_signing_alg: "ES256",
      jwks: { keys: [jwk] },
    },
  ],
  clientAuthMethods: ["client_secret_basic", "private_key_jwt"],
  pkce: { required: () => true },
  acrValues: ["loa2", "loa3", "loa4"].map((level) => digg + level),
  conformIdTokenClaims: false,
  scopes: ["openid"],
  claims: {
    acr: null,
    openid: ["sub"],
    [`${scope}naturalPersonInfo`]: ["name", "given_name", "family_name"],
    [`${scope}naturalPersonNumber`]: [claim],
  },
  features: {
    devInteractions: { enabled: false },
    claimsParameter: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    backchannelLogout: { enabled: true },
  },
  interactions: { policy, url: (_, interaction) => `/interaction/${interaction.uid}` },
  cookies: { keys: ["of-the-tests"] },
  // Its own way would refuse to call this machine, where the tests are.
  fetch: (url, options) => fetch(url, { ...options, dispatcher: undefined }),
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ ...people[id], sub: id }) }),
});

provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith("/interaction/")) return next();
  const { params, prompt } = await provider.interactionDetails(ctx.req, ctx.res);
  const id = params.login_hint ?? "anna";
  let result;
  if (prompt.name === "login" && honest && !JSON.parse(params.claims).id_token.acr.values.includes(people[id].acr)) {
    result = { error: "unmet_authentication_requirements" };
  } else {
    const grant = new provider.Grant({ accountId: id, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    result = { login: { accountId: id, acr: people[id].acr }, consent: { grantId: await grant.save() } };
  }
  ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result));
});

provider.listen(port, "127.0.0.1", () => console.log("ready"));
