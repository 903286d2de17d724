//! That a promotion is in the ledger: proven once it is over, beside its images.
//!
//! It is no step of a plan: what is proven is the entry in which the promotion ended, and there is
//! none before. So it is done after the end, by whoever carried the promotion out, and by each
//! `tick` until it is done; that it fails takes nothing from the promotion. A proof is kept before
//! it is put anywhere, so that what is put there again are the same bytes.

use std::sync::Arc;

use liftlock_core::attestation::{
    Details, Live, ProvenBy, Stated, StatedCheckpoint, beside, live, to_prove,
};
use liftlock_core::event::Event;
use liftlock_core::{EnvironmentName, KeyName, PromotionId};

use crate::ports::{Clock, Delivery, KeptProof, Log, Registries, Store, StoredEntry};
use crate::{Engine, EngineError, Progress, decode};

/// How many of a stream's last events are looked through for those of a promotion, one after the
/// other. What lies further back is said, and proven by hand: they are read as one piece.
const LOOK_BACK: [u64; 4] = [64, 512, 4096, 32_768];

/// A promotion that is not proven beside its images yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unproven {
    /// Which.
    pub promotion: PromotionId,
    /// Why, for people.
    pub reason: String,
}

impl<S: Store, R: Registries, D: Delivery, C: Clock> Engine<S, R, D, C> {
    /// Proves what an environment's current release was brought by, and puts what is proven and
    /// not yet beside its images there. What could not be done is told, and given.
    pub(crate) async fn settle_proofs(&self, environment: &EnvironmentName) -> Vec<Unproven> {
        let Some(log) = &self.log else {
            return Vec::new();
        };
        let mut unproven = Vec::new();
        if let Err((promotion, error)) = self.make_proof(log, environment).await {
            let reason = error.to_string();
            unproven.push(Unproven { promotion, reason });
        }
        unproven.extend(self.place_proofs(environment).await);
        for Unproven { promotion, reason } in &unproven {
            let (promotion, reason) = (*promotion, reason.clone());
            self.tell(&Progress::Unproven { promotion, reason });
        }
        unproven
    }

    async fn make_proof(
        &self,
        log: &Arc<dyn Log>,
        environment: &EnvironmentName,
    ) -> Result<(), (PromotionId, Failed)> {
        let Ok(state) = self.state().await else {
            // Whoever asked for more than a proof is told why.
            return Ok(());
        };
        let Some(proven) = to_prove(&state, environment) else {
            return Ok(());
        };
        let id = proven.promotion;
        self.keep_proof(log, environment, id)
            .await
            .map_err(|error| (id, error))
    }

    async fn keep_proof(
        &self,
        log: &Arc<dyn Log>,
        environment: &EnvironmentName,
        id: PromotionId,
    ) -> Result<(), Failed> {
        let (stream, promotion) = (self.pipeline.as_str(), id.to_string());
        if self.store.kept_proof(stream, &promotion).await?.is_some() {
            return Ok(());
        }
        let found = self
            .last(&ProvenBy::ALL.map(|by| move |event: &Event| by.is(event, id)))
            .await?;
        let places = found.ok_or(Failed::FarBack { promotion: id })?;
        let files = log.prove(&places).await?;
        let mut files = files.iter().map(|file| file.to_string().into_bytes());
        let (Some(committed), Some(ended)) = (files.next(), files.next()) else {
            return Err(Failed::Fewer);
        };
        let kept = KeptProof {
            promotion,
            environment: environment.to_string(),
            committed,
            ended,
            settled: false,
        };
        self.store.keep_proof(stream, kept).await?;
        Ok(())
    }

    async fn place_proofs(&self, environment: &EnvironmentName) -> Vec<Unproven> {
        let stream = self.pipeline.as_str();
        let kept = self.store.unsettled_proofs(stream, environment.as_str());
        let kept = match kept.await {
            Ok(kept) => kept,
            Err(error) => return self.unread(environment, error.to_string()).await,
        };
        let mut unproven = Vec::new();
        for proof in kept {
            let Ok(promotion) = proof.promotion.parse() else {
                continue;
            };
            if let Err(error) = self.place_proof(promotion, &proof).await {
                let reason = error.to_string();
                unproven.push(Unproven { promotion, reason });
            }
        }
        unproven
    }

    /// What is kept could not be read, so what is there may not be proven.
    async fn unread(&self, environment: &EnvironmentName, reason: String) -> Vec<Unproven> {
        let state = self.state().await.unwrap_or_default();
        let current = state.environment(environment).current.as_ref();
        let unproven = current.map(|current| Unproven {
            promotion: current.promotion,
            reason,
        });
        unproven.into_iter().collect()
    }

    async fn place_proof(&self, id: PromotionId, proof: &KeptProof) -> Result<(), Failed> {
        let state = self.state().await?;
        let images = beside(&state, id, self.now());
        let ended = state.promotions.get(&id).and_then(|known| known.ended_at);
        if let (Some(at), false) = (ended, images.is_empty()) {
            self.attestations.attach_proof(proof, at, &images).await?;
        }
        let stream = self.pipeline.as_str();
        Ok(self.store.settle_proof(stream, &proof.promotion).await?)
    }

    /// What is live and signed with the key of this name ([`live`]), as it was stated when it came
    /// in: with the same checkpoint too, so that it is the same statement, whoever signs it again.
    pub async fn live(&self, key: &KeyName) -> Result<Vec<Live>, EngineError> {
        let mut live = live(&*self.state().await?, key);
        for signed in live.iter_mut().flat_map(|live| &mut live.statements) {
            let stated = self.as_of(signed.stated.clone(), signed.step).await;
            signed.stated = stated?;
        }
        Ok(live)
    }

    /// What is stated, with where the ledger was when the step that signs it was begun: the place
    /// of an event, so that the same is stated where that step is run again.
    pub(crate) async fn as_of(&self, mut stated: Stated, sign: u32) -> Result<Stated, EngineError> {
        let (Some(log), Details::Verified(verified)) = (&self.log, &mut stated.details) else {
            return Ok(stated);
        };
        let id = stated.promotion;
        let begun = move |event: &Event| match event {
            Event::StepStarted { promotion, step } => *promotion == id && *step == sign,
            _ => false,
        };
        if let Some([place]) = self.last(&[begun]).await? {
            let checkpoint = log.checkpoint(place).await?;
            verified.checkpoint = Some(StatedCheckpoint {
                origin: checkpoint.origin().to_owned(),
                size: checkpoint.size(),
                root: checkpoint.root().to_string(),
            });
        }
        Ok(stated)
    }

    /// The places in the ledger of the last events of this pipeline that are wanted; `None` where
    /// one of them is not among those that are looked through.
    async fn last<const N: usize>(
        &self,
        wanted: &[impl Fn(&Event) -> bool; N],
    ) -> Result<Option<[u64; N]>, EngineError> {
        let (stream, version) = (self.pipeline.as_str(), self.state().await?.version);
        for window in LOOK_BACK {
            let after = version.saturating_sub(window);
            let stored = self.store.load(stream, after).await?;
            let places = self.places(&stored, wanted)?;
            if places.iter().all(Option::is_some) {
                return Ok(Some(places.map(Option::unwrap_or_default)));
            }
            if after == 0 {
                break;
            }
        }
        Ok(None)
    }

    fn places<const N: usize>(
        &self,
        stored: &[StoredEntry],
        wanted: &[impl Fn(&Event) -> bool; N],
    ) -> Result<[Option<u64>; N], EngineError> {
        let mut places = [None; N];
        for stored in stored {
            let entry = decode(self.pipeline.as_str(), stored.version, &stored.bytes)?;
            for (place, is) in places.iter_mut().zip(wanted) {
                if is(&entry.event) {
                    *place = Some(stored.seq);
                }
            }
        }
        Ok(places)
    }
}

/// Why something could not be proven, or put beside an image.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(
        "its commit and its end are not among the last {} events; `liftlock log prove --promotion \
         {promotion}` proves it by hand",
        LOOK_BACK[LOOK_BACK.len() - 1]
    )]
    FarBack { promotion: PromotionId },
    #[error("the ledger gave fewer proofs than it was asked for")]
    Fewer,
    #[error(transparent)]
    Engine(#[from] EngineError),
    #[error(transparent)]
    Store(#[from] crate::ports::StoreError),
    #[error(transparent)]
    Log(#[from] crate::ports::LogError),
    #[error(transparent)]
    Attestation(#[from] crate::ports::AttestationError),
}
