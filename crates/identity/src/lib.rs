//! Who is asking: what a request carries, turned into an actor or a refusal with a reason.
//!
//! [`Identities`] is the one entrance. [`Identities::authenticate`] reads a request's headers: a
//! bearer token, or a session's cookie with what protects it from other sites' pages. The rest
//! makes what is carried: [`Identities::create_token`] for CI, [`Identities::exchange`] for CI
//! systems that sign tokens themselves, [`Identities::start_login`] for people, and
//! [`Identities::redeem_setup`] for the first administrator. All of it is kept through the port
//! [`Records`], which holds hashes and never a secret. There is no clock here: `now` is handed in.

mod administrators;
mod as_text;
mod authenticate;
mod caller;
mod config;
mod cookies;
mod cross_site;
mod exchange;
mod identities;
mod login;
mod oidc;
mod records;
mod refused;
mod scope;
mod secret;
mod session;
mod setup;
mod token;

/// Instants, as in [`Record`].
pub use liftlock_core::Time;

pub use administrators::{ADMINISTRATORS_MAX, AdministratorError};
pub use caller::{Caller, Credential};
pub use config::{
    CLAIMS_MAX, CiRule, ConfigError, IdentityConfig, PeopleConfig, RULES_MAX, SessionLimits,
};
pub use cookies::{CookieNames, cookie_value};
pub use cross_site::{CSRF_HEADER, CrossSite};
pub use exchange::{ACCESS_LASTS, CI_EXP_AHEAD_MAX, ExchangeError, Exchanged};
pub use identities::Identities;
pub use login::{
    DEVICE_LASTS_MAX, DevicePoll, LOGIN_LASTS, LOGINS_MAX, LoggedIn, LoginError, Redirect,
    RedirectError, StartedDevice, StartedLogin,
};
pub use oidc::{
    ALGORITHMS, Claims, ClaimsError, FetchError, JWT_BYTES_MAX, KEYS_LAST, KeySetError, LEEWAY,
    ProviderError, REFETCH_PAUSE, TokenRefused,
};
pub use records::{RECORD_BYTES_MAX, RECORDS_PAGE_MAX, Record, RecordKind, Records, RecordsError};
pub use refused::Refused;
pub use scope::{PIPELINES_MAX, Scope, ScopeError};
pub use secret::{NoRandom, Secret, SecretError, SecretKind};
pub use session::{SESSIONS_MAX, SessionUse, SessionView};
pub use setup::{FirstAdministrator, SETUP_LASTS, SetupDone, SetupError};
pub use token::{
    CreatedToken, LABELS_MAX, NewToken, TOKEN_LASTS, TOKEN_LASTS_MAX, TOKENS_MAX, TokenError,
    TokenPage, TokenView,
};
