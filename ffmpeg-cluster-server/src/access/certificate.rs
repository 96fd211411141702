//! The server's TLS certificate: either made at the first start and pinned by its digest in the join string, or the
//! operator's own.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, ensure};
use ffmpeg_cluster_common::io::{digest, permissions};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::settings::{OwnFiles, Settings};
use crate::store::folders::Folders;

#[derive(Debug, Clone)]
pub struct Certificate {
    pub tls: Arc<ServerConfig>,
    /// SHA-256 of the DER certificate in hexadecimal, as `openssl x509 -fingerprint -sha256` prints it.
    pub fingerprint: String,
}

impl Certificate {
    /// Loads or makes the certificate that the settings ask for.
    pub fn of(settings: &Settings, folders: &Folders) -> anyhow::Result<Self> {
        let names = super::host_names().chain(settings.host_names.iter().cloned());
        let names = names.chain(["localhost".to_owned()]).collect();
        Self::load_or_make(folders, settings.own_certificate.as_ref(), names)
    }

    /// Loads the operator's certificate or ours, which it makes if there is none. `names` are the host names it is valid for.
    pub fn load_or_make(
        folders: &Folders,
        own: Option<&OwnFiles>,
        names: Vec<String>,
    ) -> anyhow::Result<Self> {
        if let Some(own) = own {
            return Self::load(&own.certificate, &own.key);
        }
        let (certificate, key) = (folders.certificate(), folders.private_key());
        // The certificate is written last: if it exists, the key is complete.
        if !certificate.exists() {
            make_alone(folders, names).context("making a certificate")?;
        }
        Self::load(&certificate, &key)
    }

    fn load(certificate: &Path, key: &Path) -> anyhow::Result<Self> {
        let reading = || format!("reading {}", certificate.display());
        let chain = CertificateDer::pem_file_iter(certificate).with_context(reading)?;
        let chain: Vec<_> = chain.collect::<Result<_, _>>().with_context(reading)?;
        ensure!(!chain.is_empty(), "{} has no certificate in it", certificate.display());
        let fingerprint = digest::of_bytes(&chain[0]);
        let key = PrivateKeyDer::from_pem_file(key).with_context(|| format!("reading {}", key.display()))?;
        let tls = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .context("choosing versions of TLS")?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .with_context(|| format!("the private key can't be used with {}", certificate.display()))?;
        Ok(Self { tls: Arc::new(tls), fingerprint })
    }
}

/// A verb and a server may start at the same moment; the lock keeps them from mixing two keys and two certificates.
fn make_alone(folders: &Folders, names: Vec<String>) -> anyhow::Result<()> {
    permissions::folder(&folders.keys())?;
    let lock = fs::File::create(folders.keys().join("lock"))?;
    lock.lock().context("waiting for another program that makes one")?;
    if folders.certificate().exists() { Ok(()) } else { make(folders, names) }
}

fn make(folders: &Folders, names: Vec<String>) -> anyhow::Result<()> {
    let made = rcgen::generate_simple_self_signed(names)?;
    permissions::write(&folders.private_key(), made.signing_key.serialize_pem().as_bytes())?;
    permissions::write(&folders.certificate(), made.cert.pem().as_bytes())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders() -> Folders {
        Folders::new(&std::env::temp_dir().join(format!("ffmpeg-cluster-tls-{}", uuid::Uuid::new_v4())))
            .unwrap()
    }

    #[test]
    fn it_is_made_once_and_its_key_is_for_nobody_else() {
        let folders = folders();
        let load = || Certificate::load_or_make(&folders, None, vec!["localhost".into()]);
        let first = load().unwrap().fingerprint;
        assert_eq!(first.len(), 64);
        assert_eq!(load().unwrap().fingerprint, first, "another start, another certificate");
        #[cfg(unix)]
        for (path, mode) in [(folders.private_key(), 0o600), (folders.keys(), 0o700)] {
            let about = fs::metadata(path).unwrap();
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o777, mode);
        }
        fs::remove_dir_all(folders.root()).unwrap();
    }

    #[test]
    fn files_that_are_no_certificate_are_told_by_name() {
        let folders = folders();
        fs::create_dir_all(folders.root()).unwrap();
        let own = OwnFiles { certificate: folders.root().join("c.pem"), key: folders.root().join("k.pem") };
        let load =
            || format!("{:#}", Certificate::load_or_make(&folders, Some(&own), Vec::new()).unwrap_err());
        assert!(load().contains("c.pem"), "{}", load());
        fs::write(&own.certificate, "no certificate").unwrap();
        assert!(load().contains("c.pem"), "{}", load());
        let other = rcgen::generate_simple_self_signed(["a".to_owned()]).unwrap();
        fs::write(&own.certificate, other.cert.pem()).unwrap();
        fs::write(&own.key, "no key").unwrap();
        assert!(load().contains("k.pem"), "{}", load());
        let another = rcgen::generate_simple_self_signed(["a".to_owned()]).unwrap();
        fs::write(&own.key, another.signing_key.serialize_pem()).unwrap();
        assert!(load().contains("the private key can't be used with"), "{}", load());
        fs::write(&own.key, other.signing_key.serialize_pem()).unwrap();
        Certificate::load_or_make(&folders, Some(&own), Vec::new()).unwrap();
        fs::remove_dir_all(folders.root()).unwrap();
    }
}
