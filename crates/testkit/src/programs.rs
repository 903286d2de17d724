//! Programs that deploy and check without docker, and what they recorded.

use std::collections::BTreeMap;

/// Writes each deployment to `deployments`, and what then runs to `running/ENVIRONMENT`. A file
/// `toggle/NAME` makes it misbehave once, by name of the case below.
pub(crate) const DEPLOY: &str = r#"#!/bin/sh
set -eu
once() { rm "toggle/$1" 2>/dev/null; }
environment=$LIFTLOCK_ENVIRONMENT
if once deploy-killed-before; then kill -9 "$PPID"; exit 1; fi
if once deploy-fails; then echo "the deployment failed"; exit 1; fi
touch "deploying-$environment"
while [ -e toggle/deploy-held ]; do sleep 0.02; done
digests=$(env | sed -n 's/^LIFTLOCK_DIGEST_//p' | sort | tr '\n' ' ')
line="$environment $LIFTLOCK_PROMOTION $LIFTLOCK_RELEASE $digests"
if once deploy-killed-half; then echo "half" > "running/$environment"; kill -9 "$PPID"; exit 1; fi
echo "$line" >> deployments
echo "$line" > "running/$environment.new.$$"
mv "running/$environment.new.$$" "running/$environment"
rm -f "deploying-$environment"
if once deploy-killed-after; then kill -9 "$PPID"; exit 1; fi
echo "deployed $LIFTLOCK_RELEASE"
"#;

/// Passes where the digests that run are those it is told, if anything was deployed at all, and
/// where the release is not listed in `bad`.
pub(crate) const CHECK: &str = r#"#!/bin/sh
set -eu
once() { [ -z "${passed-}" ] && rm "toggle/$1" 2>/dev/null; }
if once check-passed-over; then passed=yes; fi
if once check-killed-before; then kill -9 "$PPID"; exit 1; fi
digests=$(env | sed -n 's/^LIFTLOCK_DIGEST_//p' | sort | tr '\n' ' ')
running="running/$LIFTLOCK_ENVIRONMENT"
answer=0
if [ -e "$running" ]; then
  read -r _ _ _ found < "$running"
  [ "$found " = "$digests" ] || { echo "$found runs, not $digests"; answer=1; }
fi
if grep -qx "$LIFTLOCK_RELEASE" bad; then echo "$LIFTLOCK_RELEASE does not work"; answer=1; fi
if once check-killed-after; then kill -9 "$PPID"; exit 1; fi
exit "$answer"
"#;

/// A deployment that was carried out to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// Where.
    pub environment: String,
    /// By which promotion.
    pub promotion: String,
    /// Of which release.
    pub release: String,
    /// The digest of each image, by its key in capitals.
    pub digests: BTreeMap<String, String>,
}

impl Deployment {
    /// Reads a line that the program wrote; `None` for a deployment that stopped half-way.
    pub(crate) fn read(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace().map(str::to_owned);
        let (environment, promotion, release) = (words.next()?, words.next()?, words.next()?);
        let digests = words
            .map(|word| {
                let (key, digest) = word.split_once('=')?;
                Some((key.to_owned(), digest.to_owned()))
            })
            .collect::<Option<_>>()?;
        Some(Self {
            environment,
            promotion,
            release,
            digests,
        })
    }
}
