package dev.headlight.model.hub;

import dev.headlight.model.ModelLoader;
import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hub.DownloadStatus.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The downloads from the hub, by model id. Two run at the same time; the others wait. */
public final class Downloads implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Downloads.class);
    private static final int AT_ONCE = 2;
    private static final int WAITING = 32;
    private static final int REMEMBERED = 256;

    private final Hub hub;
    private final Download.@Nullable Target target;
    private final Map<String, Download> downloads = new ConcurrentHashMap<>();
    private final ThreadPoolExecutor threads;

    /**
     * Starts without any download.
     *
     * @param hub the source of the models
     * @param models the folder whose subfolders are checkpoints; null if no folder is configured
     * @param loader decides from the configuration whether a model can be loaded, before its weights are downloaded
     */
    public Downloads(Hub hub, @Nullable Path models, ModelLoader loader) {
        this.hub = hub;
        this.target =
                models == null ? null : new Download.Target(models, loader, new DiskSpace(models, downloads.values()));
        AtomicInteger number = new AtomicInteger();
        threads = new ThreadPoolExecutor(
                AT_ONCE, AT_ONCE, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING), task -> {
                    Thread thread = new Thread(task, "hub-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /**
     * Starts a download, resumes a failed one, or returns the status of the one that is running or complete.
     *
     * @throws BadSelection if there is no writable models folder, if a folder of this name has another origin, or if
     *     another revision is there or being downloaded
     * @throws TooManyDownloads if too many downloads wait
     */
    public synchronized DownloadStatus request(Repository repo) {
        Download.Target to = writable();
        Download before = downloads.get(repo.id());
        if (before != null && !before.is(State.FAILED)) {
            if (before.provides(repo)) {
                return before.status();
            }
            throw new BadSelection(
                    "revision",
                    repo.revision(),
                    "cannot be downloaded while " + repo.path() + " is being downloaded at revision "
                            + before.status().revision() + "; wait, or DELETE /models/" + repo.id() + "/download");
        }
        Path folder = to.models().resolve(repo.id());
        return Files.exists(folder, LinkOption.NOFOLLOW_LINKS)
                ? existing(repo, Manifest.read(folder))
                : start(new Download(repo, hub, to));
    }

    private Download.Target writable() {
        if (target == null) {
            throw new BadSelection("repo", "cannot be downloaded: headlight.models-dir names no folder for it");
        }
        if (!Files.isWritable(target.models())) {
            String fault = Files.exists(target.models()) ? "is not writable" : "is gone";
            throw new BadSelection("repo", "cannot be downloaded: the folder of headlight.models-dir " + fault);
        }
        return target;
    }

    /** Reports a model that exists. It is never replaced, because its files may be mapped into memory. */
    private static DownloadStatus existing(Repository repo, @Nullable Manifest present) {
        if (present != null && present.is(repo)) {
            return DownloadStatus.available(repo.id(), present);
        }
        String advice = "; to download another, move " + repo.id() + " out of the models folder first";
        if (present == null) {
            throw new BadSelection("repo", "exists already and did not come from the hub" + advice);
        }
        throw new BadSelection(
                "revision",
                repo.revision(),
                "is not the revision that exists, " + present.revision() + " at commit " + present.commit() + advice);
    }

    private DownloadStatus start(Download download) {
        if (downloads.size() >= REMEMBERED) {
            downloads.values().removeIf(d -> d.is(State.FAILED));
        }
        String id = download.status().id();
        downloads.put(id, download);
        try {
            threads.execute(() -> {
                download.run();
                if (download.is(State.AVAILABLE)) { // its manifest gives the status from now on
                    downloads.remove(id, download);
                }
            });
        } catch (RejectedExecutionException e) {
            downloads.remove(id, download);
            throw new TooManyDownloads(threads.getQueue().size());
        }
        return download.status();
    }

    /** The status of a model; null if no model of this id is from the hub or being downloaded. */
    public @Nullable DownloadStatus find(String id) {
        if (target == null || !Repository.isId(id)) {
            return null;
        }
        Download download = downloads.get(id);
        if (download != null) {
            return download.status();
        }
        Manifest manifest = Manifest.read(target.models().resolve(id));
        return manifest == null ? Staging.status(target.models(), id) : DownloadStatus.available(id, manifest);
    }

    /**
     * Stops a download and deletes the received files. A complete model stays.
     *
     * @return whether there was anything to stop or delete
     * @throws BadSelection if the files cannot be deleted
     */
    public boolean discard(String id) {
        if (target == null || !Repository.isId(id)) {
            return false;
        }
        Download download = downloads.get(id);
        try {
            if (download != null) {
                download.cancel();
                downloads.remove(id, download);
            }
            return Staging.discard(target.models(), id) || download != null;
        } catch (DownloadFailed e) {
            throw new BadSelection("id", id, "cannot be removed: " + e.getMessage());
        } catch (IOException e) {
            log.warn("Cannot delete the downloaded files of {}", id, e);
            throw new BadSelection("id", id, "cannot be removed: the models folder is not writable");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BadSelection("id", id, "cannot be removed: the service is stopping");
        }
    }

    /** Stops all downloads. Received files are kept. */
    @Override
    public void close() {
        threads.shutdownNow();
        try {
            for (Download download : downloads.values()) {
                download.cancel();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
