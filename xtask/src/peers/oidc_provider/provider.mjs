// A provider of people, for liftlock: whoever logs in is who they say, in the groups qa and ops.
import Provider from 'oidc-provider';

const [port, server, secret] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  clients: [{
    client_id: 'liftlock',
    client_secret: secret,
    application_type: 'native',
    redirect_uris: ['http://127.0.0.1/callback', `${server}/login/callback`],
    grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
  }],
  // Claims are in the ID token itself, as at most providers.
  conformIdTokenClaims: false,
  claims: { openid: ['sub'], profile: ['name', 'groups'] },
  pkce: { required: () => true },
  features: { deviceFlow: { enabled: true }, devInteractions: { enabled: true } },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: `Person ${id}`, groups: ['qa', 'ops'] }),
  }),
});
provider.listen(Number(port), '127.0.0.1', () => console.log(`ready at ${issuer}`));
