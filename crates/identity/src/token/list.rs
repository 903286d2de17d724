//! Listing and revoking tokens.

use liftlock_core::Time;

use super::{TokenError, TokenPage, TokenView, view};
use crate::caller::short_id;
use crate::records::{RECORDS_PAGE_MAX, Record, RecordKind, Records};
use crate::{Caller, Identities};

/// Tokens on one page.
const PAGE: u32 = 100;

impl<R: Records> Identities<R> {
    /// Tokens, those that no longer count too, without their secrets. `after` is what the page
    /// before said. Only an administrator may.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn tokens(&self, by: &Caller, after: Option<&str>) -> Result<TokenPage, TokenError> {
        self.demand_administrator(by)?;
        let after = after.unwrap_or_default();
        let records = self.records.page(RecordKind::Token, after, PAGE).await?;
        let full = records.len() == PAGE as usize;
        let last = records.last().map(|record| record.key.clone());
        Ok(TokenPage {
            tokens: records.iter().filter_map(view).collect(),
            next: last.filter(|_| full),
        })
    }

    /// Revokes the token with this id, or all with this name; gives those that counted until now.
    /// An administrator may, and a token may revoke itself.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn revoke_token(
        &self,
        by: &Caller,
        which: &str,
        now: Time,
    ) -> Result<Vec<TokenView>, TokenError> {
        let is_own = matches!(&by.credential, crate::Credential::Token { id } if id == which);
        if !is_own {
            self.demand_administrator(by)?;
        }
        let mut revoked = Vec::new();
        for record in self.live_tokens(now).await? {
            let Some(token) = view(&record) else { continue };
            if short_id(&record.key) != which && token.name.as_str() != which {
                continue;
            }
            if self
                .records
                .end(RecordKind::Token, &record.key, now)
                .await?
            {
                let revoked_at = Some(now);
                revoked.push(TokenView {
                    revoked: revoked_at,
                    ..token
                });
            }
        }
        if revoked.is_empty() {
            return Err(TokenError::Unknown(which.chars().take(80).collect()));
        }
        Ok(revoked)
    }

    async fn live_tokens(&self, now: Time) -> Result<Vec<Record>, TokenError> {
        let mut live = Vec::new();
        let mut after = String::new();
        loop {
            let limit = RECORDS_PAGE_MAX;
            let page = self.records.page(RecordKind::Token, &after, limit).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.key);
            live.extend(page.into_iter().filter(|record| record.counts(now)));
        }
        Ok(live)
    }
}
