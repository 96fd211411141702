//! Speaks to a server as any script would: JSON over HTTP.

use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use crate::log::PATIENCE;
use crate::poll::OFTEN;

#[derive(Debug, Clone)]
pub struct Server {
    port: u16,
    http: reqwest::Client,
}

impl Server {
    pub fn new(port: u16) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(0)
            .timeout(PATIENCE)
            .build()
            .expect("a plain client");
        Self { port, http }
    }
    pub fn port(&self) -> u16 {
        self.port
    }
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Status and body of any command, well or badly formed.
    pub async fn raw(&self, body: &str) -> (u16, Value) {
        let request = self.http.post(self.url("/ws/command")).header("content-type", "application/json");
        let answer = request.body(body.to_owned()).send().await.expect("the server answers");
        let status = answer.status().as_u16();
        (status, answer.json().await.expect("every answer is JSON"))
    }

    /// The same, for many at once.
    pub async fn raw_owned(&self, body: String) -> (u16, Value) {
        self.raw(&body).await
    }

    /// None where the server went away before it answered, or is not there.
    pub async fn try_command(&self, body: Value) -> Option<Value> {
        let request = self.http.post(self.url("/ws/command")).header("content-type", "application/json");
        request.body(body.to_string()).send().await.ok()?.json().await.ok()
    }

    pub async fn command(&self, body: Value) -> Value {
        self.raw(&body.to_string()).await.1
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        let answer = self.http.get(self.url(path)).send().await.expect("the server answers");
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    /// Status and body of any address that takes JSON.
    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.send(self.http.post(self.url(path)), body).await
    }

    pub async fn patch(&self, path: &str, body: &Value) -> (u16, Value) {
        self.send(self.http.patch(self.url(path)), body).await
    }

    async fn send(&self, request: reqwest::RequestBuilder, body: &Value) -> (u16, Value) {
        let request = request.header("content-type", "application/json").body(body.to_string());
        let answer = request.send().await.expect("the server answers");
        (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
    }

    pub async fn delete(&self, path: &str) -> (u16, Value) {
        let answer = self.http.delete(self.url(path)).send().await.expect("the server answers");
        (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
    }

    /// Asks until `wanted` holds for the answer; panics with the last one when it never does.
    pub async fn get_until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (_, answer) = self.get(path).await;
            if wanted(&answer) {
                return answer;
            }
            assert!(Instant::now() < deadline, "GET {path} never told what was wanted: {answer}");
            tokio::time::sleep(OFTEN).await;
        }
    }

    /// Submits a film; the job's id.
    pub async fn submit(&self, film: &Path, config: Value) -> String {
        let reply = self.command(json!({"ProcessLocalFile": {"file_path": film, "config": config}})).await;
        let id = reply["JobCreated"]["job_id"].as_str();
        id.unwrap_or_else(|| panic!("{} was refused: {reply}", film.display())).to_owned()
    }

    /// By the other door: uploads a film whole and asks for a job. The answer, or that of the upload where it was refused.
    pub async fn upload(&self, name: &str, bytes: &[u8]) -> Value {
        self.upload_for(name, bytes, Value::Null).await
    }

    pub async fn upload_for(&self, name: &str, bytes: &[u8], config: Value) -> Value {
        let tus = |request: reqwest::RequestBuilder| request.header("tus-resumable", "1.0.0");
        let encoded = BASE64.encode(name);
        let made = tus(self.http.post(self.url("/api/v1/uploads")))
            .header("upload-length", bytes.len())
            .header("upload-metadata", format!("filename {encoded}"));
        let made = made.send().await.expect("the server answers");
        let Some(place) = made.headers().get("location").and_then(|place| place.to_str().ok()) else {
            return made.json().await.unwrap_or(Value::Null);
        };
        let id = place.rsplit('/').next().unwrap_or_default().to_owned();
        let sent = tus(self.http.patch(self.url(&format!("/api/v1/uploads/{id}"))))
            .header("upload-offset", 0)
            .header("content-type", "application/offset+octet-stream")
            .body(bytes.to_vec());
        sent.send().await.expect("the server answers");
        self.command(json!({"ProcessUpload": {"upload_id": id, "config": config}})).await
    }

    /// The job's id, or the refusal.
    pub async fn try_submit(&self, film: &Path) -> Result<String, String> {
        let reply = self.command(json!({"ProcessLocalFile": {"file_path": film, "config": null}})).await;
        let told = reply["Error"]["message"].as_str().map_or_else(|| reply.to_string(), str::to_owned);
        reply["JobCreated"]["job_id"].as_str().map(str::to_owned).ok_or(told)
    }

    pub async fn status(&self, job: &str) -> Value {
        self.command(json!({"GetJobStatus": {"job_id": job}})).await["JobStatus"].clone()
    }

    /// The same of a server that may be away just now, or stopped.
    pub async fn status_if_there(&self, job: &str) -> Option<Value> {
        let body = json!({"GetJobStatus": {"job_id": job}}).to_string();
        let request = self.http.post(self.url("/ws/command")).header("content-type", "application/json");
        let answer = request.body(body).timeout(Duration::from_secs(2)).send().await.ok()?;
        let told: Value = answer.json().await.ok()?;
        Some(told["JobStatus"].clone())
    }

    /// Polls until `wanted` holds for the job's status; panics with the last one when it never does.
    pub async fn until(&self, job: &str, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let told = self.within(job, PATIENCE, wanted).await;
        told.unwrap_or_else(|status| panic!("job never {what}: {status}"))
    }

    /// The same; the last status where it does not come in time.
    async fn within(
        &self,
        job: &str,
        patience: Duration,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Value, Value> {
        let deadline = Instant::now() + patience;
        loop {
            let status = self.status(job).await;
            if wanted(&status) {
                return Ok(status);
            }
            if Instant::now() >= deadline {
                return Err(status);
            }
            tokio::time::sleep(OFTEN).await;
        }
    }

    /// The final status, whichever it is.
    pub async fn ended(&self, job: &str) -> Value {
        self.until(job, "ended", is_final).await
    }

    /// The same, where a job waits for many others; none where it takes longer.
    pub async fn ended_within(&self, job: &str, patience: Duration) -> Option<Value> {
        self.within(job, patience, is_final).await.ok()
    }

    pub async fn completed(&self, job: &str) -> Value {
        let status = self.ended(job).await;
        assert_eq!(status["status"], "Completed", "{status:#}");
        status
    }

    pub async fn fetch(&self, path: &str, to: &Path) {
        let answer = self.http.get(self.url(path)).send().await.expect("the server answers");
        assert!(answer.status().is_success(), "GET {path}: {}", answer.status());
        std::fs::write(to, answer.bytes().await.expect("a whole body")).expect("writing the result");
    }
}

/// Whether a job with this status has ended.
pub fn is_final(status: &Value) -> bool {
    matches!(status["status"].as_str(), Some("Completed" | "Failed" | "Cancelled"))
}
