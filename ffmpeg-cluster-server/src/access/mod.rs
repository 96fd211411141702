//! Who the caller is and what the caller may do. The gate decides it before any handler runs; nothing behind it asks again.

pub(crate) mod audit_log;
pub mod certificate;
pub(crate) mod expiry;
pub(crate) mod invite;
pub(crate) mod links;
pub(crate) mod qr;
pub(crate) mod sign_ins;
pub(crate) mod tokens;
mod tries;
pub(crate) mod watch_links;

use std::net::IpAddr;

pub use ffmpeg_cluster_common::access::role::Role;
use ffmpeg_cluster_common::cluster::event::LOCAL;
use ffmpeg_cluster_common::io::host;

/// Who made a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    pub who: Who,
    pub from: IpAddr,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// The server's own user on its own machine, unless `--no-local-trust`; with `--insecure-lan` everybody.
    Trusted,
    /// Known by the token's number, which is no secret.
    Token { id: String, role: Role },
}

impl Principal {
    pub fn may(&self, role: Role) -> bool {
        let Who::Token { role: has, .. } = &self.who else { return true };
        match role {
            // What viewers see, submitters see of their own.
            Role::Viewer => *has != Role::Worker,
            Role::Submitter => matches!(has, Role::Submitter | Role::Admin),
            Role::Worker | Role::Admin => *has == role,
        }
    }

    fn sees_all(&self) -> bool {
        self.is_admin() || matches!(self.who, Who::Token { role: Role::Viewer, .. })
    }

    /// An admin sees and stops what others submitted.
    pub fn is_admin(&self) -> bool {
        self.may(Role::Admin)
    }

    /// Whether the caller may see what belongs to `owner`, and change it where the address is for changes.
    pub fn owns(&self, owner: &str) -> bool {
        self.sees_only().is_none_or(|own| own == owner)
    }

    /// The only owner whose films the caller sees. None: everybody's.
    pub(crate) fn sees_only(&self) -> Option<&str> {
        (!self.sees_all()).then(|| self.owner())
    }

    /// Whom the caller's films belong to: the token's number, or `local`.
    pub fn owner(&self) -> &str {
        match &self.who {
            Who::Trusted => LOCAL,
            Who::Token { id, .. } => id,
        }
    }
}

/// The names of this machine, here and on its network.
pub(crate) fn host_names() -> impl Iterator<Item = String> {
    host::name().into_iter().flat_map(|name| [format!("{name}.local"), name])
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn token(role: Role) -> Principal {
        Principal { who: Who::Token { id: "a1".into(), role }, from: Ipv4Addr::LOCALHOST.into() }
    }

    #[test]
    fn a_token_is_for_its_role_and_an_admin_also_submits() {
        let may = |role| Role::ALL.map(|wanted| token(role).may(wanted));
        assert_eq!(may(Role::Worker), [true, false, false, false]);
        assert_eq!(may(Role::Viewer), [false, true, false, false]);
        assert_eq!(may(Role::Submitter), [false, true, true, false]);
        assert_eq!(may(Role::Admin), [false, true, true, true]);
        let local = Principal { who: Who::Trusted, from: Ipv4Addr::LOCALHOST.into() };
        assert_eq!(Role::ALL.map(|wanted| local.may(wanted)), [true; 4]);
    }

    #[test]
    fn films_are_their_owners_and_the_admins() {
        let local = Principal { who: Who::Trusted, from: Ipv4Addr::LOCALHOST.into() };
        assert_eq!(
            ["a1", "b2", "local"].map(|owner| token(Role::Submitter).owns(owner)),
            [true, false, false]
        );
        assert_eq!(["a1", "b2", "local"].map(|owner| token(Role::Admin).owns(owner)), [true; 3]);
        assert_eq!(["a1", "b2", "local"].map(|owner| token(Role::Viewer).owns(owner)), [true; 3]);
        assert_eq!(["a1", "b2", "local"].map(|owner| local.owns(owner)), [true; 3]);
    }
}
