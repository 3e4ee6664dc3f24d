//! What `/metrics` tells, in Prometheus' text format. Counts and durations only: never a name or a word that
//! was said.

use prometheus::{
    Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};

#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Open sockets, by kind (`guest`, `staff`, `board`, `whisper`).
    pub sockets: IntGaugeVec,
    /// Sockets closed by the server, by reason.
    pub closed: IntCounterVec,
    /// Rooms for whispers that are open.
    pub whispers: IntGauge,
    /// Entries stored, by kind.
    pub entries: IntCounterVec,
    /// Commands refused, by code.
    pub refusals: IntCounterVec,
    /// Tries to deliver something, by kind (`email`, `webhook`) and outcome (`sent`, `failed`).
    pub deliveries: IntCounterVec,
    /// Commands that failed because of the store.
    pub failures: IntCounter,
    /// Orders and other writes per commit.
    pub group_size: Histogram,
    /// Seconds of one durable commit, with all its reads and writes.
    pub commit_seconds: Histogram,
    /// Seconds from a `say` read off a socket to its reply.
    pub ack_seconds: Histogram,
}

impl Metrics {
    /// # Panics
    /// Never: names are fixed, valid and used once.
    pub fn new() -> Self {
        const VALID: &str = "metric names are constant, valid and registered once";
        let registry = Registry::new();
        let seconds = vec![0.0002, 0.0005, 0.001, 0.002, 0.003, 0.006, 0.012, 0.025, 0.05, 0.1, 0.25, 1.0];
        let histogram = |name: &str, help: &str, buckets: Vec<f64>| {
            let h = Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets)).expect(VALID);
            registry.register(Box::new(h.clone())).expect(VALID);
            h
        };
        let counters = |name: &str, help: &str, label: &str| {
            let c = IntCounterVec::new(Opts::new(name, help), &[label]).expect(VALID);
            registry.register(Box::new(c.clone())).expect(VALID);
            c
        };
        let sockets = IntGaugeVec::new(Opts::new("bellhop_sockets", "Open sockets"), &["kind"]).expect(VALID);
        registry.register(Box::new(sockets.clone())).expect(VALID);
        let failures = IntCounter::new("bellhop_failures_total", "Requests the server failed to carry out")
            .expect(VALID);
        registry.register(Box::new(failures.clone())).expect(VALID);
        let deliveries = Opts::new("bellhop_deliveries_total", "Tries to deliver something");
        let deliveries = IntCounterVec::new(deliveries, &["kind", "outcome"]).expect(VALID);
        registry.register(Box::new(deliveries.clone())).expect(VALID);
        let whispers = IntGauge::new("bellhop_whispers", "Rooms for whispers that are open").expect(VALID);
        registry.register(Box::new(whispers.clone())).expect(VALID);
        Self {
            sockets,
            whispers,
            failures,
            deliveries,
            closed: counters("bellhop_sockets_closed_total", "Sockets closed by the server", "reason"),
            entries: counters("bellhop_entries_total", "Entries stored", "kind"),
            refusals: counters("bellhop_refusals_total", "Commands refused", "code"),
            group_size: histogram(
                "bellhop_commit_group_size",
                "Orders per commit",
                vec![1., 2., 4., 8., 16., 32., 64.],
            ),
            commit_seconds: histogram(
                "bellhop_commit_seconds",
                "Seconds of one durable commit",
                seconds.clone(),
            ),
            ack_seconds: histogram(
                "bellhop_ack_seconds",
                "Seconds from a message read to its acknowledgement",
                seconds,
            ),
            registry,
        }
    }

    pub fn text(&self) -> String {
        TextEncoder::new().encode_to_string(&self.registry.gather()).unwrap_or_default()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}
