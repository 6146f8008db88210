//! A bucket, as an operator of OpenDAL.

use std::time::Duration;

use assets_domain::ports::Breakage;
use opendal::{HttpTransporter, Operator, layers::RetryLayer, services::S3};

use crate::{breakage::broken, location::Bucket, transport::Transport};

/// How often a request is sent once more that may do better later, and after which pauses; a client still waits.
const RETRIES: usize = 2;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Reaches nothing yet. Credentials are loaded at the first request: from the environment, then from the files, the
/// container and the machine that the AWS tools ask, in this order, so that with keys in the environment nobody is asked.
/// Without any, every request fails: none is ever sent unsigned.
///
/// Retrying cannot take a failed write for a success, since each request that is repeated is a whole of its own: a part
/// goes to its number and a small object to its key, which nobody else has, so that what arrives twice stands once; the
/// upload is completed from the list of all its parts with the tags that the store gave for them, which it checks; and if
/// it was completed although the answer was lost, the repetition finds no upload and fails, or is told the same. After all
/// that, [`ObjectDraft`](crate::draft::ObjectDraft) asks for the size of what it is about to report as written.
pub(crate) fn operator(bucket: &Bucket) -> Result<Operator, Breakage> {
    let transport = Transport::new().map_err(|error| Breakage::Failed(Box::new(error)))?;
    let retry = RetryLayer::new().with_max_times(RETRIES).with_min_delay(FIRST_PAUSE).with_max_delay(LONGEST_PAUSE).with_jitter();
    let operator = Operator::new(service(bucket)).map_err(broken)?;
    let context = operator.context().with_http_transport(HttpTransporter::new(transport));
    Ok(operator.with_context(context).layer(retry))
}

fn service(bucket: &Bucket) -> S3 {
    let mut service = S3::default().bucket(&bucket.bucket).root(&bucket.prefix).checksum_algorithm("crc32c");
    if let Some(endpoint) = &bucket.endpoint {
        service = service.endpoint(endpoint);
    }
    if let Some(region) = &bucket.region {
        service = service.region(region);
    }
    if bucket.virtual_host {
        service = service.enable_virtual_host_style();
    }
    service
}
