package dev.headlight.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.hub.DownloadStatus.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Downloads as a client requests, shares and stops them. */
class DownloadsTest extends HubTest {
    private CountDownLatch holdWeights() {
        CountDownLatch go = new CountDownLatch(1);
        hub.fault((e, file, content, from) -> {
            try {
                if (file.endsWith(".safetensors")) {
                    go.await();
                }
            } catch (InterruptedException x) {
                Thread.currentThread().interrupt();
            }
            return false;
        });
        return go;
    }

    @Test
    void aModelComesWholeAndSaysWhereItIsFrom() throws IOException {
        DownloadStatus asked = request();
        assertThat(asked.id()).isEqualTo(ID);
        assertThat(asked.state()).isNotIn(State.FAILED);
        DownloadStatus status = end();
        assertWhole(status, WHOLE);
        long bytes = LARGE + 2 + 15 + hub.file(REPO, "config.json").length;
        assertThat(status.progress()).isEqualTo(new DownloadStatus.Progress(bytes, bytes, 4, 4));
        assertThat(status.commit()).isEqualTo(hub.commit(REPO));
        Manifest manifest = Manifest.read(models.resolve(ID));
        assertThat(manifest.repo()).isEqualTo(REPO);
        assertThat(manifest.revision()).isEqualTo("main");
        assertThat(manifest.files())
                .contains(new HubFile(
                        "model.safetensors",
                        LARGE,
                        HubFile.Algorithm.SHA256,
                        LocalHub.hex("SHA-256", hub.file(REPO, "model.safetensors"))))
                .contains(new HubFile(
                        "LICENSE",
                        15,
                        HubFile.Algorithm.GIT_SHA1,
                        // echo -n 'Do as you like.' | git hash-object --stdin
                        "5fd73669b1381ae184e9b38bb3b8dbe1121841db"));
    }

    @Test
    void aModelThatCannotBeLoadedIsRefusedBeforeItsWeightsCome() {
        add(Map.of(
                "config.json", "{\"model_type\":\"new_thing\"}".getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
        assertThat(failure()).contains("model_type new_thing is not implemented");
        assertThat(hub.seen()).noneMatch(LocalHub.Seen::atCdn);
    }

    @Test
    void twoWhoAskAtOnceShareOneDownload() throws Exception {
        CountDownLatch go = holdWeights();
        List<CompletableFuture<DownloadStatus>> all = IntStream.range(0, 8)
                .mapToObj(i -> CompletableFuture.supplyAsync(this::request))
                .toList();
        for (CompletableFuture<DownloadStatus> one : all) {
            assertThat(one.get().state()).isNotEqualTo(State.FAILED);
        }
        await(() ->
                state() == State.DOWNLOADING && downloads.find(ID).progress().totalBytes() != null);
        assertThat(downloads.request(Repository.of(REPO, hub.commit(REPO))).state())
                .isEqualTo(State.DOWNLOADING);
        go.countDown();
        assertWhole(end(), WHOLE);
        assertThat(hub.asked("model.safetensors")).isEqualTo(1);
        assertThat(request().state()).isEqualTo(State.AVAILABLE);
        assertThat(hub.asked("model.safetensors")).isEqualTo(1);
    }

    @Test
    void anotherRevisionOfWhatIsComingOrThereIsRefusedAndSaysHow() throws IOException {
        CountDownLatch go = holdWeights();
        request();
        await(() -> state() == State.DOWNLOADING);
        Repository other = Repository.of(REPO, "v2");
        assertThatThrownBy(() -> downloads.request(other))
                .isInstanceOf(BadSelection.class)
                .hasMessageContaining("is being downloaded at revision main")
                .hasMessageContaining("DELETE /models/owner--name/download");
        go.countDown();
        assertWhole(end(), WHOLE);
        assertThatThrownBy(() -> downloads.request(other))
                .isInstanceOf(BadSelection.class)
                .hasMessageContaining("main at commit " + hub.commit(REPO))
                .hasMessageContaining("move owner--name out of the models folder");
        assertThat(downloads.request(Repository.of(REPO, hub.commit(REPO))).state())
                .isEqualTo(State.AVAILABLE);
    }

    @Test
    void aFolderThatSomebodyMadeIsNotReplaced() throws IOException {
        Path own = Files.createDirectory(models.resolve(ID));
        Files.writeString(own.resolve("config.json"), "mine");
        assertThatThrownBy(this::request)
                .isInstanceOf(BadSelection.class)
                .hasMessageContaining("did not come from the hub");
        assertThat(contents(own)).containsOnlyKeys("config.json");
        assertThat(downloads.find(ID)).isNull();
    }

    @Test
    void aFolderThatAppearsWhileItComesIsNotReplaced() throws IOException {
        CountDownLatch go = holdWeights();
        request();
        await(() -> state() == State.DOWNLOADING);
        Path own = Files.createDirectory(models.resolve(ID));
        Files.writeString(own.resolve("config.json"), "mine");
        go.countDown();
        DownloadStatus status = end();
        assertThat(status.state()).isEqualTo(State.FAILED);
        assertThat(status.reason()).contains("the models folder now has a folder owner--name");
        assertThat(own.resolve("config.json")).hasContent("mine");
    }

    @Test
    void withoutAModelsFolderThereIsNoPlace() {
        try (Downloads nowhere = downloads(null, null)) {
            assertThatThrownBy(() -> nowhere.request(Repository.of(REPO, "main")))
                    .isInstanceOf(BadSelection.class)
                    .hasMessageContaining("headlight.models-dir");
            assertThat(nowhere.find(ID)).isNull();
            assertThat(nowhere.discard(ID)).isFalse();
        }
    }

    @Test
    void aModelsFolderThatIsGoneIsNotCalledUnwritable() throws IOException {
        Files.delete(models);
        assertThatThrownBy(this::request)
                .isInstanceOf(BadSelection.class)
                .hasMessageContaining("headlight.models-dir is gone");
        Files.createDirectory(models);
    }

    @Test
    void aDownloadThatIsStoppedLeavesNothing() {
        CountDownLatch go = holdWeights();
        request();
        await(() -> downloads.find(ID).progress().totalBytes() != null);
        assertThat(downloads.discard(ID)).isTrue();
        go.countDown();
        assertThat(downloads.find(ID)).isNull();
        assertThat(models.resolve(".downloads").resolve(ID)).doesNotExist();
        assertThat(models.resolve(ID)).doesNotExist();
        assertThat(downloads.discard(ID)).isFalse();
    }

    @Test
    void oneThatWaitsCanBeStoppedAndTooManyAreRefused() {
        CountDownLatch go = holdWeights();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 34; i++) {
            hub.with("owner/m" + i, files());
            ids.add(downloads.request(Repository.of("owner/m" + i, "main")).id());
        }
        String last = ids.get(33);
        assertThat(downloads.find(last).state()).isEqualTo(State.QUEUED);
        assertThatThrownBy(this::request)
                .isInstanceOf(TooManyDownloads.class)
                .hasMessageContaining("32 models are waiting");
        assertThat(downloads.find(ID)).isNull();
        assertThat(downloads.discard(last)).isTrue();
        assertThat(downloads.find(last)).isNull();
        go.countDown();
        await(() -> ids.stream().limit(33).allMatch(id -> downloads.find(id).state() == State.AVAILABLE));
        assertThat(models.resolve(last)).doesNotExist();
    }

    @Test
    void aModelThatIsWholeIsNotDiscarded() throws IOException {
        assertWhole(bring(), WHOLE);
        assertThat(downloads.discard(ID)).isFalse();
        assertWhole(downloads.find(ID), WHOLE);
    }

    @Test
    void twoServicesOnOneFolderDoNotWriteToOneFile() throws IOException {
        CountDownLatch go = holdWeights();
        request();
        await(() -> downloads.find(ID).progress().totalBytes() != null);
        try (Downloads other = downloads(null)) {
            other.request(Repository.of(REPO, "main"));
            await(() -> other.find(ID).state() == State.FAILED);
            assertThat(other.find(ID).reason()).contains("another service is downloading it");
            assertThatThrownBy(() -> other.discard(ID))
                    .isInstanceOf(BadSelection.class)
                    .hasMessageContaining("another service");
        }
        go.countDown();
        assertWhole(end(), WHOLE);
    }

    @Test
    void nothingIsWrittenThroughALink() throws IOException {
        Path elsewhere = Files.createDirectory(outside.resolve("elsewhere"));
        Files.createSymbolicLink(models.resolve(".downloads"), elsewhere);
        assertThat(failure()).contains("link");
        assertThat(contents(elsewhere)).isEmpty();
        Files.delete(elsewhere);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"..", ".downloads", "owner--..", "..--name", "a--b--c", "owner/name", "owner", "", "micro", "--"
            })
    void anIdThatIsNoneFindsNothing(String id) {
        assertThat(downloads.find(id)).isNull();
        assertThat(downloads.discard(id)).isFalse();
    }
}
