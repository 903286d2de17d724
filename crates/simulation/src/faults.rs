//! What goes wrong. Which kinds do is drawn for each world, so that a world is often haunted by
//! one or two only: with all of them at once nothing would get far (swarm testing: Groce et al.,
//! ISSTA 2012).

use std::collections::BTreeMap;

use crate::random::Random;

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// The store fails before it does anything.
    StoreRefuses,
    /// The store has appended, and the answer is an error.
    StoreSilent,
    /// A registry fails before it does anything.
    RegistryRefuses,
    /// A registry has done it, and the answer is an error.
    RegistrySilent,
    /// A registry answers as it was before the last write.
    StaleRead,
    /// Someone else writes a tag between our look and our write, or before we read back.
    LostRace,
    /// A deployment does nothing, and says so.
    DeployFails,
    /// A deployment stops half-way.
    DeployHalf,
    /// A deployment is made, and said to have failed.
    DeploySilent,
    /// What runs cannot be told.
    RunningFails,
    /// A check fails although nothing is wrong.
    CheckFails,
    /// A program that was left running cannot be ended.
    CannotEnd,
    /// An answer takes minutes instead of moments.
    Slow,
    /// The process dies where it waits.
    Crash,
    /// The process dies while a program of its deploys, and the program goes on.
    DiesDeploying,
}

impl Fault {
    pub(crate) const ALL: [Self; 15] = [
        Self::StoreRefuses,
        Self::StoreSilent,
        Self::RegistryRefuses,
        Self::RegistrySilent,
        Self::StaleRead,
        Self::LostRace,
        Self::DeployFails,
        Self::DeployHalf,
        Self::DeploySilent,
        Self::RunningFails,
        Self::CheckFails,
        Self::CannotEnd,
        Self::Slow,
        Self::Crash,
        Self::DiesDeploying,
    ];

    /// Its name in stories and statistics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::StoreRefuses => "fault: store refuses",
            Self::StoreSilent => "fault: store did it and says no",
            Self::RegistryRefuses => "fault: registry refuses",
            Self::RegistrySilent => "fault: registry did it and says no",
            Self::StaleRead => "fault: stale read",
            Self::LostRace => "fault: lost race",
            Self::DeployFails => "fault: deployment fails",
            Self::DeployHalf => "fault: deployment stops half-way",
            Self::DeploySilent => "fault: deployment made and says no",
            Self::RunningFails => "fault: what runs cannot be told",
            Self::CheckFails => "fault: check fails for nothing",
            Self::CannotEnd => "fault: left-behind program cannot be ended",
            Self::Slow => "fault: slow answer",
            Self::Crash => "fault: crash",
            Self::DiesDeploying => "fault: crash while deploying",
        }
    }

    /// How many times of a thousand it strikes at most, where it is one of a world's faults.
    fn highest(self) -> i64 {
        match self {
            Self::Crash => 30,
            Self::StoreRefuses | Self::StoreSilent => 40,
            Self::RegistryRefuses | Self::Slow => 60,
            Self::RegistrySilent | Self::LostRace | Self::StaleRead => 120,
            Self::DeployFails | Self::DeployHalf | Self::DeploySilent => 200,
            Self::RunningFails | Self::CheckFails => 200,
            Self::CannotEnd | Self::DiesDeploying => 400,
        }
    }
}

/// The faults of a world.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults(BTreeMap<Fault, u32>);

impl Faults {
    pub(crate) fn draw(random: &mut Random) -> Self {
        // Some worlds just work.
        if random.chance(120) {
            return Self::default();
        }
        let haunted = Fault::ALL.into_iter().filter(|_| random.chance(450));
        let haunted: Vec<_> = haunted.collect();
        let rate = |fault: Fault| (fault, random.between(2, fault.highest()) as u32);
        Self(haunted.into_iter().map(rate).collect())
    }

    pub(crate) fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn per_mille(&self, fault: Fault) -> u32 {
        self.0.get(&fault).copied().unwrap_or(0)
    }
}
