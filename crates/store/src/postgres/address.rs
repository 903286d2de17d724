//! Where a state is.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use url::Url;

/// The longest address, in bytes.
const ADDRESS_BYTES_MAX: usize = 4096;

/// What may stand behind the `?`, as libpq names it
/// (postgresql.org/docs/current/libpq-connect.html, section 34.1.2).
const PARAMETERS: [&str; 10] = [
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "application_name",
];

/// Where a state is: a file, or a database of PostgreSQL.
///
/// An address of PostgreSQL is `postgres://[USER[:PASSWORD]@][HOST[:PORT]][/DATABASE][?...]`.
/// What it leaves out comes from libpq's variables (`PGHOST`, `PGUSER`, `PGDATABASE`, `PGSSLMODE`,
/// `PGSSLROOTCERT`, ...); the password from `PGPASSWORD`, the file that `PGPASSFILE` names, or
/// `~/.pgpass`. `Display` and `Debug` never show it.
#[derive(Clone, PartialEq, Eq)]
pub enum StateAddress {
    /// A file of SQLite.
    File(PathBuf),
    /// A database of PostgreSQL.
    Postgres(PostgresAddress),
}

/// A database of PostgreSQL.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresAddress(Url);

/// Why an address is none. The address is not shown: a password may be in it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AddressError {
    /// Longer than an address can be.
    #[error("the address of the state has over {ADDRESS_BYTES_MAX} bytes")]
    Size,
    /// Not of the form of an address.
    #[error("the address of the state is not of the form postgres://USER@HOST:PORT/DATABASE: {0}")]
    Form(String),
    /// With a scheme that is not known.
    #[error("a state is a file or postgres://..., not {0}://...")]
    Scheme(String),
    /// With a parameter that is not known.
    #[error(
        "the address of the state has the parameter {0:?}; known are sslmode, sslrootcert, \
             sslcert, sslkey, host, hostaddr, port, dbname, user and application_name. A password \
             belongs in PGPASSWORD or in the file that PGPASSFILE names"
    )]
    Parameter(String),
}

impl FromStr for StateAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if text.len() > ADDRESS_BYTES_MAX {
            return Err(AddressError::Size);
        }
        let Some((scheme, _)) = text.split_once("://") else {
            return Ok(Self::File(PathBuf::from(text)));
        };
        if !["postgres", "postgresql"].contains(&scheme) {
            // What stands there could be anything, so no more of it than a scheme has.
            let word = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
            let shown = if scheme.chars().all(word) {
                scheme
            } else {
                "..."
            };
            return Err(AddressError::Scheme(shown.to_owned()));
        }
        // What the parser says names no part of what it was given.
        let url: Url = text
            .parse()
            .map_err(|e: url::ParseError| AddressError::Form(e.to_string()))?;
        let unknown = url
            .query_pairs()
            .find(|(name, _)| !PARAMETERS.contains(&&**name));
        if let Some((name, _)) = unknown {
            return Err(AddressError::Parameter(name.chars().take(40).collect()));
        }
        let address = PostgresAddress(url);
        address.options()?;
        Ok(Self::Postgres(address))
    }
}

impl PostgresAddress {
    /// How to connect, with what libpq's variables say.
    ///
    /// Without a word about TLS, a server on another machine is asked for a certificate that is
    /// right (`verify-full`): a password, and what production runs, pass here.
    pub(crate) fn options(&self) -> Result<PgConnectOptions, AddressError> {
        let options: PgConnectOptions = self.0.as_str().parse().map_err(|_| {
            let wrong = "a part of it, or of libpq's variables, cannot be read";
            AddressError::Form(wrong.to_owned())
        })?;
        let said = self.0.query_pairs().any(|(name, _)| name == "sslmode")
            || std::env::var_os("PGSSLMODE").is_some();
        let host = options.get_host();
        let here = options.get_socket().is_some()
            || host.starts_with('/')
            || ["localhost", "127.0.0.1", "::1", "[::1]"].contains(&host);
        Ok(if said || here {
            options
        } else {
            options.ssl_mode(PgSslMode::VerifyFull)
        })
    }
}

impl fmt::Display for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Its parameters name files of keys: no secrets, but nobody's business either.
        let mut shown = self.0.clone();
        shown.set_query(None);
        shown.set_fragment(None);
        // Refused only where there is no host, and then there is no password.
        _ = shown.set_password(None);
        f.write_str(shown.as_str())
    }
}

impl fmt::Debug for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for StateAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => fmt::Display::fmt(&path.display(), f),
            Self::Postgres(address) => fmt::Display::fmt(address, f),
        }
    }
}

impl fmt::Debug for StateAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_and_shows_no_password() {
        let shown = |text: &str| {
            let address: StateAddress = text.parse().unwrap();
            assert_eq!(format!("{address:?}"), address.to_string());
            address.to_string()
        };
        assert_eq!(shown(".liftlock/state.db"), ".liftlock/state.db");
        assert_eq!(
            shown("postgres://ci:s3cret@db.example.com:5433/promotions?sslmode=require"),
            "postgres://ci@db.example.com:5433/promotions"
        );
        assert_eq!(
            shown("postgresql://:s3cret@db/x?sslkey=/etc/key"),
            "postgresql://db/x"
        );
        assert_eq!(
            shown("postgres://ci@%2Frun%2Fpostgresql/x"),
            "postgres://ci@%2Frun%2Fpostgresql/x"
        );
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_shown() {
        let refused = |text: &str, expected: &str| {
            let error = text.parse::<StateAddress>().unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        };
        refused("postgres://ci:s3cret@db:x/y", "port");
        refused("postgres://ci:s3cret@db/y?sslmode=s3cret", "cannot be read");
        refused("postgres://db/y?passwort=s3cret", "passwort");
        refused("postgres://db/y?password=s3cret", "PGPASSWORD");
        refused("mysql://ci:s3cret@db/y", "not mysql://");
        refused("ci:s3cret@db://y", "not ...://");
        refused(&format!("postgres://{}", "s3cret".repeat(1000)), "4096");
    }

    #[test]
    fn tls_is_wanted_of_another_machine() {
        let mode = |text: &str| match text.parse().unwrap() {
            StateAddress::Postgres(address) => address.options().unwrap().get_ssl_mode(),
            StateAddress::File(_) => panic!("{text} is no file"),
        };
        assert!(matches!(
            mode("postgres://db.example.com/x"),
            PgSslMode::VerifyFull
        ));
        assert!(matches!(
            mode("postgres://db/x?sslmode=disable"),
            PgSslMode::Disable
        ));
        assert!(matches!(mode("postgres://localhost/x"), PgSslMode::Prefer));
        assert!(matches!(
            mode("postgres://%2Frun%2Fpg/x"),
            PgSslMode::Prefer
        ));
    }
}
