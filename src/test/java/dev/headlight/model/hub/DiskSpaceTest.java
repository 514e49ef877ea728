package dev.headlight.model.hub;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import dev.headlight.model.hub.DownloadStatus.State;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A download that does not fit on the disk ends with a clear error and can be resumed. */
class DiskSpaceTest extends HubFaultTest {
    @Test
    void withoutRoomNothingLargeIsBegun() throws IOException {
        try (FileSystem disk = disk(200_000)) {
            Path small = Files.createDirectory(disk.getPath("/models"));
            try (Downloads there = downloads(null, small)) {
                there.request(Repository.of(REPO, "main"));
                await(() -> there.find(ID).state() == State.FAILED);
                assertThat(there.find(ID).reason())
                        .containsPattern(
                                "3000\\d\\d bytes remain to be downloaded, but the disk of the models folder has only 1");
                assertThat(hub.asked(WEIGHTS)).isZero();
            }
        }
    }

    @Test
    void whatAnotherDownloadIsGoingToWriteIsNoRoom() throws IOException {
        hub.with("owner/other", files());
        hub.fault(ofWeights((e, file, content, from) -> {
            LocalHub.send(e, content, from, from + 10);
            pause(400);
            return true;
        }));
        try (FileSystem disk = disk(500_000)) {
            Path small = Files.createDirectory(disk.getPath("/models"));
            try (Downloads there = downloads(null, small)) {
                there.request(Repository.of(REPO, "main"));
                await(() -> there.find(ID).progress().totalBytes() != null);
                there.request(Repository.of("owner/other", "main"));
                await(() -> there.find("owner--other").state() == State.FAILED);
                assertThat(there.find("owner--other").reason())
                        .containsPattern("and other downloads need (299|300)\\d{3} of them$");
                assertThat(there.find(ID).state()).isIn(State.DOWNLOADING, State.VERIFYING);
            }
        }
    }

    @Test
    void aDiskThatFillsUpIsSaidToBeFullAndTheRestComesWhenThereIsRoom() throws IOException {
        try (FileSystem disk = disk(600_000)) {
            Path small = Files.createDirectory(disk.getPath("/models"));
            Path filler = disk.getPath("/somebody-else");
            Path staged = small.resolve(".downloads").resolve(ID).resolve(WEIGHTS);
            hub.fault(ofWeights((e, file, content, from) -> {
                LocalHub.send(e, content, from, 100_000);
                await(() -> bytes(staged) == 100_000);
                fill(disk, filler);
                e.getResponseBody().write(content, 100_000, content.length - 100_000);
                return true;
            }));
            try (Downloads there = downloads(null, small)) {
                there.request(Repository.of(REPO, "main"));
                await(() -> there.find(ID).state() == State.FAILED);
                DownloadStatus full = there.find(ID);
                assertThat(full.reason()).isEqualTo("the models folder cannot be written to: out of disk space");
                assertThat(full.progress().bytes())
                        .isGreaterThanOrEqualTo(100_000)
                        .isLessThan(LARGE);
                assertThat(small.resolve(ID)).doesNotExist();
                Files.delete(filler);
                hub.fault((e, file, content, from) -> false);
                hub.seen().clear();
                there.request(Repository.of(REPO, "main"));
                await(() -> there.find(ID).state() == State.AVAILABLE);
                assertThat(starts()).hasSize(1).allMatch(from -> from >= 100_000);
                assertThat(Files.readAllBytes(small.resolve(ID).resolve(WEIGHTS)))
                        .isEqualTo(hub.file(REPO, WEIGHTS));
            }
            try (Stream<Path> all = Files.list(disk.getPath("/"))) {
                assertThat(all.map(Path::toString)).containsExactlyInAnyOrder("/models", "/work");
            }
        }
    }

    private static FileSystem disk(long bytes) {
        return Jimfs.newFileSystem(Configuration.unix().toBuilder()
                .setMaxSize(bytes)
                .setMaxCacheSize(0)
                .build());
    }

    private static void fill(FileSystem disk, Path file) throws IOException {
        long left = disk.getFileStores().iterator().next().getUsableSpace();
        Files.write(file, new byte[Math.toIntExact(left)]);
    }
}
