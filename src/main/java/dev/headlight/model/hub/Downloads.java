package dev.headlight.model.hub;

import dev.headlight.model.BadSelection;
import dev.headlight.model.Models;
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

/** The models that come from the hub, by their ids; two at a time, the rest wait. */
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
     * @param models the folder whose sub-folders are checkpoints; null for none
     * @param loader asked whether a model can be loaded at all, before its weights are brought
     */
    public Downloads(Hub hub, @Nullable Path models, Models.Loader loader) {
        this.hub = hub;
        this.target = models == null ? null : new Download.Target(models, loader, new Room(models, downloads.values()));
        AtomicInteger number = new AtomicInteger();
        threads = new ThreadPoolExecutor(
                AT_ONCE, AT_ONCE, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING), task -> {
                    Thread thread = new Thread(task, "hub-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
    }

    /**
     * Brings a model, goes on with one that failed, or joins whoever asked for it before.
     *
     * @throws BadSelection if there is no place for it: no models folder, or something else is there
     * @throws TooManyDownloads if too many wait
     */
    public synchronized DownloadStatus request(Repository repo) {
        Download.Target to = writable();
        Download before = downloads.get(repo.id());
        if (before != null && !before.is(State.FAILED)) {
            if (before.brings(repo)) {
                return before.status();
            }
            throw new BadSelection(
                    "revision",
                    repo.revision(),
                    "cannot be brought while " + repo.path() + " is on its way at revision "
                            + before.status().revision() + "; wait, or DELETE /models/" + repo.id() + "/download");
        }
        Path place = to.models().resolve(repo.id());
        return Files.exists(place, LinkOption.NOFOLLOW_LINKS)
                ? existing(repo, Manifest.read(place))
                : start(new Download(repo, hub, to));
    }

    private Download.Target writable() {
        if (target == null) {
            throw new BadSelection("repo", "cannot be brought: headlight.models-dir names no folder for it");
        }
        if (!Files.isWritable(target.models())) {
            throw new BadSelection(
                    "repo", "cannot be brought: the folder of headlight.models-dir cannot be written to");
        }
        return target;
    }

    /** What is there is never replaced: it may be mapped into memory. */
    private static DownloadStatus existing(Repository repo, @Nullable Manifest there) {
        if (there != null && there.is(repo)) {
            return DownloadStatus.available(repo.id(), there);
        }
        String way = "; to bring another, move " + repo.id() + " out of the models folder first";
        if (there == null) {
            throw new BadSelection("repo", "is there already, and did not come from the hub" + way);
        }
        throw new BadSelection(
                "revision",
                repo.revision(),
                "is not what is there, " + there.revision() + " at commit " + there.commit() + way);
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
                if (download.is(State.AVAILABLE)) { // its folder tells of it from now on
                    downloads.remove(id, download);
                }
            });
        } catch (RejectedExecutionException e) {
            downloads.remove(id, download);
            throw new TooManyDownloads(threads.getQueue().size());
        }
        return download.status();
    }

    /** How far the model of this id is; null where none of this id comes from the hub. */
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
     * Stops bringing a model and removes what has come of it; one that is whole stays.
     *
     * @return whether there was anything to stop or to remove
     * @throws BadSelection if it cannot be removed
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
            log.warn("What has come of {} cannot be removed", id, e);
            throw new BadSelection("id", id, "cannot be removed: the models folder cannot be written to");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BadSelection("id", id, "cannot be removed: the service is stopping");
        }
    }

    /** Stops all; what has come is kept. */
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
