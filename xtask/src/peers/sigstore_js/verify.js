// Whether @sigstore/verify accepts a bundle with a key that is given: BUNDLE PUBLIC_KEY
const crypto = require('crypto');
const fs = require('fs');
const { bundleFromJSON } = require('@sigstore/bundle');
const { Verifier, toSignedEntity, toTrustMaterial } = require('@sigstore/verify');

const [bundlePath, keyPath] = process.argv.slice(2);
const bundle = bundleFromJSON(JSON.parse(fs.readFileSync(bundlePath, 'utf8')));
const publicKey = crypto.createPublicKey(fs.readFileSync(keyPath));
const der = publicKey.export({ type: 'spki', format: 'der' });
const hint = crypto.createHash('sha256').update(der).digest('base64');
const nobody = { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] };
const keys = (asked) => {
  if (asked !== hint) throw new Error(`no key ${asked}`);
  return { publicKey, validFor: () => true };
};
const none = { ctlogThreshold: 0, tlogThreshold: 0, timestampThreshold: 0 };
new Verifier(toTrustMaterial(nobody, keys), none).verify(toSignedEntity(bundle));
console.log('verified');
