//! Films on the server's machine: their paths, and what helps who names one that is not there.

use std::path::Path;

use anyhow::{Context, bail};

use crate::server::address::{Server, is_here};
use crate::server::api::Trouble;

/// A relative name means a file here, which makes sense only where the server is here, too.
pub(super) fn path_there(server: &Server, file: &Path) -> anyhow::Result<String> {
    let shown = file.display();
    if file.is_relative() && !is_here(&server.ip) {
        bail!(
            "{shown} is a file on this machine, and {} may be another machine; `--upload-file {shown}` sends it there \
             (an absolute path names a file on the server's machine)",
            server.ip
        );
    }
    let path = std::path::absolute(file).with_context(|| format!("resolving {shown}"))?;
    Ok(path.to_str().context("the path is not valid UTF-8")?.to_owned())
}

pub(super) fn with_advice(trouble: Trouble, server: &Server) -> Trouble {
    let Trouble::Refused { code, message } = trouble else { return trouble };
    let advice = match code.as_str() {
        "FILE_NOT_FOUND" if !is_here(&server.ip) => {
            "; `submit` names a file on the server's machine; --upload-file sends one from here"
        }
        "NOT_ALLOWED" => "; --upload-file sends a file from anywhere",
        _ => "",
    };
    Trouble::Refused { message: format!("{message}{advice}"), code }
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use super::*;

    fn server(ip: &str) -> Server {
        Server::plain(ip, 1)
    }

    #[test]
    fn a_file_here_is_not_looked_for_there() {
        for here in ["localhost", "127.0.0.1", "::1", "127.8.8.8"] {
            let path = path_there(&server(here), Path::new("film.mkv")).unwrap();
            assert!(Path::new(&path).is_absolute() && path.ends_with("film.mkv"), "{path}");
        }
        let refused = path_there(&server("farm.example"), Path::new("film.mkv")).unwrap_err().to_string();
        assert!(refused.contains("--upload-file film.mkv"), "{refused}");
        // Its own address may be this machine's: nothing is claimed that is not known.
        assert!(refused.contains("farm.example may be another machine"), "{refused}");
    }

    /// It was said to be another machine.
    #[test]
    fn a_server_at_an_address_of_this_machine_is_here() {
        let told = UdpSocket::bind("0.0.0.0:0").unwrap();
        // Nothing is sent: this only asks which address of ours such a packet would have.
        let Ok(()) = told.connect("192.0.2.1:9") else { return };
        let own = told.local_addr().unwrap().ip().to_string();
        assert!(path_there(&server(&own), Path::new("film.mkv")).is_ok(), "{own}");
        assert!(path_there(&server("192.0.2.1"), Path::new("film.mkv")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn an_absolute_path_is_the_servers() {
        assert_eq!(path_there(&server("farm.example"), Path::new("/films/a.mkv")).unwrap(), "/films/a.mkv");
    }
}
