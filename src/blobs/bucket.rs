//! Files in a bucket of an S3-compatible store, by HTTPS.

use super::{Place, Source};
use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _};
use object_store::{
    BackoffConfig, ClientConfigKey, Error, ObjectStore, ObjectStoreExt as _, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey},
    path::Path,
    prefix::PrefixStore,
};
use std::{io, ops::Range, str::FromStr, sync::Arc, time::Duration};
use url::Url;

/// How long a call may take, and a connection to be made.
const PATIENCE: &str = "30s";
const CONNECT: &str = "5s";

/// What failed for no fault of ours is tried again so often, and not after so long.
const RETRIES: usize = 3;
const RETRYING: Duration = Duration::from_secs(10);

/// `s3://bucket`, or `s3://bucket/folder`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketUrl {
    bucket: String,
    folder: Path,
}

impl FromStr for BucketUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "an address such as s3://bucket or s3://bucket/folder";
        let url: Url = text.trim().parse().map_err(|_| wrong)?;
        let plain = url.scheme() == "s3" && url.username().is_empty() && url.password().is_none();
        let bucket = url.host_str().filter(|host| plain && !host.is_empty()).ok_or(wrong)?;
        if url.query().is_some() || url.fragment().is_some() || url.port().is_some() {
            return Err(wrong);
        }
        let folder = Path::from_url_path(url.path()).map_err(|_| wrong)?;
        Ok(BucketUrl { bucket: bucket.to_owned(), folder })
    }
}

#[derive(Clone, Debug)]
pub struct Bucket(Arc<PrefixStore<AmazonS3>>);

impl Bucket {
    /// Keys, region and endpoint are the environment's, by the names every S3 client reads
    /// (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`, …).
    ///
    /// # Errors
    /// The environment makes no sense; nobody is called yet.
    pub fn new(url: &BucketUrl) -> io::Result<Self> {
        // One cryptography for everything. It may be there already: then it is the same.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
        let retry =
            RetryConfig { backoff: BackoffConfig::default(), max_retries: RETRIES, retry_timeout: RETRYING };
        let store = AmazonS3Builder::from_env()
            .with_bucket_name(&url.bucket)
            .with_config(AmazonS3ConfigKey::Client(ClientConfigKey::Timeout), PATIENCE)
            .with_config(AmazonS3ConfigKey::Client(ClientConfigKey::ConnectTimeout), CONNECT)
            .with_retry(retry)
            .build()
            .map_err(io::Error::other)?;
        Ok(Self(Arc::new(PrefixStore::new(store, url.folder.clone()))))
    }
}

/// What is not there is no error.
fn found<T>(result: object_store::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(e) => Err(io::Error::other(e)),
    }
}

#[async_trait]
impl Place for Bucket {
    async fn prepare(&self) -> io::Result<()> {
        self.0.list(None).next().await.transpose().map_err(io::Error::other).map(drop)
    }

    async fn put(&self, path: String, bytes: Bytes) -> io::Result<()> {
        self.0.put(&path.into(), bytes.into()).await.map_err(io::Error::other).map(drop)
    }

    async fn get(&self, path: String) -> io::Result<Option<Vec<u8>>> {
        let Some(came) = found(self.0.get(&path.into()).await)? else { return Ok(None) };
        Ok(Some(came.bytes().await.map_err(io::Error::other)?.into()))
    }

    async fn open(&self, path: String) -> io::Result<Option<(u64, Source)>> {
        let path = path.into();
        let Some(about) = found(self.0.head(&path).await)? else { return Ok(None) };
        Ok(Some((about.size, Source::Object(self.clone(), path))))
    }

    async fn remove(&self, path: String) -> io::Result<()> {
        found(self.0.delete(&path.into()).await).map(drop)
    }

    async fn all(&self) -> io::Result<Vec<String>> {
        let objects = self.0.list(None).map_err(io::Error::other);
        objects.map_ok(|about| about.location.to_string()).try_collect().await
    }
}

impl Bucket {
    /// A piece, in a call of its own: whoever takes a file slowly holds no connection to the bucket.
    pub(super) async fn piece(&self, path: &Path, piece: Range<u64>) -> io::Result<Bytes> {
        self.0.get_range(path, piece).await.map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_of_a_bucket_and_perhaps_a_folder_and_holds_no_password() {
        for (text, bucket, folder) in
            [("s3://files", "files", ""), ("s3://files/", "files", ""), ("s3://files/a/b/", "files", "a/b")]
        {
            let url: BucketUrl = text.parse().unwrap();
            assert_eq!((url.bucket.as_str(), url.folder.as_ref()), (bucket, folder));
        }
        for wrong in ["", "files", "s3://", "https://files", "s3://key:secret@files", "s3://files?x=1"] {
            assert!(wrong.parse::<BucketUrl>().is_err(), "{wrong}");
        }
    }
}
