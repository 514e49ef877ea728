package dev.headlight.model.hub;

import dev.headlight.model.ModelLoader;
import dev.headlight.model.checkpoint.Config;
import dev.headlight.model.fault.ModelRefused;
import dev.headlight.model.hub.DownloadStatus.Progress;
import dev.headlight.model.hub.DownloadStatus.State;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Downloads one model into the models folder. */
final class Download implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(Download.class);
    private static final int ATTEMPTS = 2; // an earlier download may have left wrong bytes

    /**
     * The destination, shared by all downloads.
     *
     * @param models the models folder
     * @param loader decides whether a model can be loaded
     * @param disk the free space of the disk
     */
    record Target(Path models, ModelLoader loader, DiskSpace disk) {}

    private final Repository repo;
    private final Hub hub;
    private final Target target;
    private volatile State state = State.QUEUED;
    private volatile Progress progress = new Progress(0, null, 0, null);
    private volatile @Nullable String commit;
    private volatile @Nullable String reason;
    private @Nullable Thread thread; // guarded by this, like cancelled
    private boolean cancelled;

    Download(Repository repo, Hub hub, Target target) {
        this.repo = repo;
        this.hub = hub;
        this.target = target;
    }

    DownloadStatus status() {
        return new DownloadStatus(repo.id(), repo.path(), repo.revision(), commit, state, progress, reason);
    }

    boolean is(State wanted) {
        return state == wanted;
    }

    /** Whether this downloads the wanted revision. */
    boolean provides(Repository wanted) {
        return repo.revision().equals(wanted.revision()) || wanted.revision().equals(commit);
    }

    /** Bytes still to be written; 0 if the size is not known yet. */
    long outstanding() {
        Progress now = progress;
        return now.totalBytes() == null || is(State.FAILED) ? 0 : now.totalBytes() - now.bytes();
    }

    /** Stops the download, or keeps it from starting, and waits until nothing more is written. */
    synchronized void cancel() throws InterruptedException {
        cancelled = true;
        while (thread != null) {
            thread.interrupt();
            wait();
        }
    }

    private synchronized boolean start() {
        thread = cancelled ? null : Thread.currentThread();
        return thread != null;
    }

    private synchronized void end() {
        thread = null;
        Thread.interrupted(); // the interrupt was meant for this download
        notifyAll();
    }

    @Override
    public void run() {
        if (!start()) {
            return;
        }
        try {
            download();
            log.info("Downloaded model {} from {} at commit {}", repo.id(), repo.path(), commit);
            state = State.AVAILABLE;
        } catch (DownloadFailed e) {
            failed(String.valueOf(e.getMessage()));
        } catch (ModelRefused e) {
            failed("it cannot be loaded: " + e.getMessage());
        } catch (InterruptedException e) {
            failed("the download was stopped");
        } catch (IOException e) {
            failed("the models folder cannot be written to: " + reason(e));
        } catch (RuntimeException | Error e) {
            log.error("Unexpected", e);
            failed("an unexpected error; see the log");
        } finally {
            end();
        }
    }

    private void failed(String why) {
        log.warn("Cannot download model {}: {}", repo.id(), why);
        reason = why;
        state = State.FAILED;
    }

    /** The reason, without a path. */
    private static String reason(IOException e) {
        String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
        return reason == null ? e.getClass().getSimpleName() : reason;
    }

    private void download() throws IOException, DownloadFailed, InterruptedException {
        state = State.DOWNLOADING;
        RepoFiles repoFiles = list();
        commit = repoFiles.commit();
        CheckpointFiles.requireWeights(repoFiles);
        try (Staging staging = Staging.open(target.models, repo.id())) {
            FileDownload fileDownload = new FileDownload(hub, repo, repoFiles.commit());
            List<HubFile> first = CheckpointFiles.first(repoFiles);
            for (HubFile file : first) {
                receive(file, fileDownload, staging.folder());
                if (file.name().equals(CheckpointFiles.CONFIG)) { // fails before gigabytes are downloaded
                    target.loader.info(Config.read(staging.folder().resolve(file.name())));
                }
            }
            Manifest manifest = new Manifest(
                    repo.path(), repo.revision(), repoFiles.commit(), CheckpointFiles.all(repoFiles, staging.folder()));
            List<HubFile> rest =
                    manifest.files().subList(first.size(), manifest.files().size());
            target.disk.reserve(this, staging.missing(rest), () -> announce(manifest));
            manifest.write(staging.folder());
            for (HubFile file : rest) {
                receive(file, fileDownload, staging.folder());
            }
            staging.publish(manifest.files().stream().map(HubFile::name).toList());
        }
    }

    private void announce(Manifest manifest) {
        progress = new Progress(
                progress.bytes(),
                manifest.bytes(),
                progress.files(),
                manifest.files().size());
    }

    private RepoFiles list() throws DownloadFailed, InterruptedException {
        RetryPolicy.Tries tries = hub.retryPolicy().tries();
        while (true) {
            try {
                return hub.list(repo);
            } catch (Unreachable e) {
                tries.failed(e);
            }
        }
    }

    private void receive(HubFile file, FileDownload fileDownload, Path folder)
            throws IOException, DownloadFailed, InterruptedException {
        Path path = folder.resolve(file.name());
        Progress before = progress;
        for (int i = 0; i < ATTEMPTS; i++) {
            state = State.DOWNLOADING;
            fileDownload.receive(file, path, received -> progress = before.with(received, 0));
            state = State.VERIFYING;
            if (file.hashOf(path).equals(file.hash())) {
                progress = before.with(file.size(), 1);
                return;
            }
            Files.delete(path);
            progress = before;
        }
        throw new DownloadFailed("the checksum of " + file.name() + " was wrong " + ATTEMPTS
                + " times: the downloaded content is not what the hub lists");
    }
}
