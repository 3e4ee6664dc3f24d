//! The server's life: open, listen, serve, and a graceful end.

use crate::{
    config::{FileSettings, Settings},
    demo, desk,
    failure::Failure,
    house::House,
    hub::Reason,
    origin::Origins,
    router::router,
    state::App,
};
use axum::serve::ListenerExt as _;
use domain::Millis;
use leptos::config::LeptosOptions;
use sha2::{Digest as _, Sha256};
use std::{
    io::{ErrorKind, Write as _},
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, signal::unix::SignalKind};

/// How long sockets and requests under way may take to end. The whole stop stays within five seconds.
const GRACE: Duration = Duration::from_secs(3);

/// How often expired sessions and quiet rate limits are forgotten.
const TIDY: Duration = Duration::from_secs(600);

/// How long an answer is given again under its idempotency key, in milliseconds.
const CALLS: i64 = 7 * Millis::DAY;

pub async fn serve(url: &str, settings: Settings) -> Result<(), Failure> {
    let addr = settings.addr;
    // The port first: a second server must not touch the first one's database.
    let listener = TcpListener::bind(addr).await.map_err(|e| match e.kind() {
        ErrorKind::AddrInUse => {
            format!("{addr} is taken by another program; choose another with BELLHOP_ADDR")
        }
        _ => format!("{addr} cannot be listened on: {e}"),
    })?;
    allow_many_sockets();
    let addr = listener.local_addr()?;
    let public_url = settings.public_url(addr);
    let house = House::open(url, settings.clone(), public_url.clone()).await?;
    let FileSettings { files_dir, files_url, .. } = &settings.files;
    let files = &house.desk.files;
    files.incoming.prepare().map_err(|e| format!("the folder {files_dir} cannot be used for files: {e}"))?;
    if let Err(e) = files.blobs.prepare().await {
        // The desk is worth opening without files; they go again once the bucket can be reached.
        match files_url {
            Some(_) => tracing::error!(error = %e, "the bucket of BELLHOP_FILES_URL cannot be used"),
            None => return Err(format!("the folder {files_dir} cannot be used for files: {e}").into()),
        }
    }
    if settings.demo {
        demo::load_if_empty(&house).await?;
    }

    // The views' executor; an error only says that it is set already.
    let _ = any_spawner::Executor::init_tokio();
    let (options, stylesheet, build) = front_end(&settings, addr);
    // A page of the whispers' own host speaks to it.
    let scheme = public_url.split("://").next().unwrap_or_default();
    let mut origins = settings.allowed_origins.0.clone();
    origins.extend(settings.whisper.whisper_host.iter().map(|host| format!("{scheme}://{host}")));
    let app = App {
        desk: house.desk.clone(),
        origins: Arc::new(Origins::new(&public_url, &origins)),
        options,
        stylesheet: stylesheet.into(),
        build: build.into(),
        secure: public_url.starts_with("https://"),
    };
    greet(&house, addr, &public_url).await?;

    run(listener, app, house).await
}

async fn run(listener: TcpListener, app: App, mut house: House) -> Result<(), Failure> {
    let movements = std::mem::replace(&mut house.movements, tokio::sync::mpsc::unbounded_channel().1);
    let watch = tokio::spawn(desk::absence::run(house.desk.clone(), movements));
    let handovers = std::mem::replace(&mut house.handovers, tokio::sync::mpsc::unbounded_channel().1);
    let lines = tokio::spawn(desk::line::run(house.desk.clone(), handovers));
    let requests = tokio::spawn(desk::request::run(house.desk.clone()));
    let deliveries = tokio::spawn(desk::delivery::run(house.desk.clone()));
    // Before the first socket: what changes from here on, sockets are told of.
    let rev = house.desk.store.rights_changed(0).await?.last().map_or(0, |change| change.rev);
    let rights = tokio::spawn(desk::rights::run(house.desk.clone(), rev));
    let tidy = tokio::spawn(tidy(house.desk.clone()));
    let expire = tokio::spawn(desk::privacy::run(house.desk.clone()));
    let whispers = house.desk.whispers.clone();
    let sweep = tokio::spawn(whispers.clone().run());
    house.desk.resume_all_exports().await?;

    // Without TCP_NODELAY an acknowledgement waits for the next packet: a p50 of 13.5 ms instead of 1.7.
    let listener = listener.tap_io(|tcp| {
        if let Err(e) = tcp.set_nodelay(true) {
            tracing::debug!(error = %e, "TCP_NODELAY could not be set");
        }
    });
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = tokio::spawn(
        axum::serve(listener, service).with_graceful_shutdown(async { drop(stopped.await) }).into_future(),
    );

    asked_to_stop().await?;
    tracing::info!("stopping");
    let _ = stop.send(());
    watch.abort();
    rights.abort();
    tidy.abort();
    expire.abort();
    sweep.abort();
    lines.abort();
    requests.abort();
    deliveries.abort();
    whispers.rooms.end();
    house.desk.close_lines().await;
    house.desk.hub.close_all(Reason::Stopping);
    let ended = async {
        while !(house.desk.hub.is_empty() && whispers.are_quiet()) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        house.desk.end_deliveries().await;
        let _ = server.await;
    };
    if tokio::time::timeout(GRACE, ended).await.is_err() {
        tracing::warn!(sockets = house.desk.hub.len(), "some connections did not end in time");
    }
    house.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// A socket is an open file, and the usual limit is far below what is served here: as many as the system lets
/// us have.
#[cfg(target_os = "linux")]
fn allow_many_sockets() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(e) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::warn!(error = %e, "the number of open files could not be raised");
    }
}

#[cfg(not(target_os = "linux"))]
fn allow_many_sockets() {}

async fn asked_to_stop() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => interrupted,
    }
}

async fn tidy(desk: Arc<desk::Desk>) {
    let mut tick = tokio::time::interval(TIDY);
    loop {
        tick.tick().await;
        desk.limits.tidy();
        if let Err(e) = desk.store.delete_expired_sessions(desk.clock.now()).await {
            tracing::error!(error = %e, "expired sessions could not be deleted");
        }
        if let Err(e) = desk.store.forget_calls(Millis(desk.clock.now().0 - CALLS)).await {
            tracing::error!(error = %e, "old idempotency keys could not be forgotten");
        }
        if let Err(e) = desk.store.forget_codes(desk.clock.now()).await {
            tracing::error!(error = %e, "codes that have ended could not be forgotten");
        }
        if let Err(e) = desk.store.forget_frame_tokens(desk.clock.now()).await {
            tracing::error!(error = %e, "frames' tokens that have ended could not be forgotten");
        }
        if let Err(e) = desk.tidy_deliveries().await {
            tracing::error!(error = %e, "old deliveries could not be forgotten");
        }
        if let Err(e) = desk.tidy_files().await {
            tracing::error!(error = ?e, "files that nothing uses could not be removed");
        }
        if let Err(e) = desk.tidy_exports().await {
            tracing::error!(error = %e, "old exports could not be removed");
        }
    }
}

/// Where the built front end is, the path of its style sheet, and a name for this build of it.
fn front_end(settings: &Settings, addr: SocketAddr) -> (LeptosOptions, String, String) {
    // cargo-leptos writes the hashes of the files it built beside the program, as lines `css: …`.
    let hashes: Option<PathBuf> =
        std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("hash.txt")));
    let hashes = hashes.and_then(|path| std::fs::read_to_string(path).ok());
    let (stylesheet, build) = match &hashes {
        Some(hashes) => {
            let css = hashes.lines().find_map(|line| line.strip_prefix("css:")).unwrap_or_default().trim();
            let build = Sha256::digest(hashes).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
            (format!("/pkg/bellhop.{css}.css"), build)
        }
        None => ("/pkg/bellhop.css".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
    };
    if !std::path::Path::new(&settings.site_root).join(stylesheet.trim_start_matches('/')).is_file() {
        let site = &settings.site_root;
        tracing::error!(
            site,
            stylesheet,
            "the front end is not there; pages are bare. It belongs to the program with its hash.txt"
        );
    }
    let options = LeptosOptions::builder()
        .output_name("bellhop")
        .site_root(settings.site_root.as_str())
        .site_pkg_dir("pkg")
        .site_addr(addr)
        .reload_port(3001)
        .hash_files(hashes.is_some())
        .build();
    (options, stylesheet, build)
}

/// Tells where to go. On standard output, for people and for programs that started this one on port 0.
async fn greet(house: &House, addr: SocketAddr, public_url: &str) -> Result<(), Failure> {
    let mut text = format!("Bellhop listens on http://{addr}\n");
    let hotels = house.desk.store.hotels().await?;
    if let Some(hotel) = hotels.first() {
        text += &format!("  guests   {public_url}/demo   {public_url}/chat/{}\n", hotel.slug);
        text += &format!("  staff    {public_url}/login\n");
    } else {
        text +=
            "  There is no hotel yet: `bellhop hotel add`, then `bellhop staff add`; or start with --demo.\n";
    }
    if demo::is_loaded(&house.desk.store).await? {
        text += demo::LOGINS;
        text.push('\n');
    }
    // Whoever started us may have closed the pipe; that is no reason not to serve.
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(())
}
