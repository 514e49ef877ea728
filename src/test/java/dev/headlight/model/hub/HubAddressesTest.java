package dev.headlight.model.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.headlight.model.fault.BadSelection;
import dev.headlight.model.fault.BadSetting;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HubAddressesTest {
    private static final RetryPolicy PATIENCE = new RetryPolicy(Duration.ofSeconds(1), 1, Duration.ZERO);

    @ParameterizedTest
    @CsvSource({
        "openai-community/gpt2, main, openai-community--gpt2",
        "Qwen/Qwen2.5-0.5B, refs/pr/1, Qwen--Qwen2.5-0.5B",
        "a/b, v1.0+x@y_z, a--b",
        "_x/0, 607a30d783dfa663caf39e06633721c8d4cfcd7e, _x--0"
    })
    void anIdIsThatOfOneRepository(String repo, String revision, String id) {
        Repository repository = Repository.of(repo, revision);
        assertThat(repository.id()).isEqualTo(id);
        assertThat(repository.path()).isEqualTo(repo);
        assertThat(Repository.isId(id)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "gpt2",
                "a/b/c",
                "/a",
                "a/",
                "../..",
                "a/..",
                ".a/b",
                "a./b",
                "a/b-",
                "a--b/c",
                "a/b--c",
                "a/b..c",
                "a /b",
                "a\\b/c",
                "a/b%2Fc",
                "a/b?c",
                "a/b\n",
                "é/b",
                "datasets/a/b",
                "https://huggingface.co/a/b"
            })
    void whatIsNoRepositoryIsRefused(String repo) {
        assertThatThrownBy(() -> Repository.of(repo, "main"))
                .isInstanceOfSatisfying(
                        BadSelection.class, e -> assertThat(e.field()).isEqualTo("repo"))
                .hasMessageContaining("must be owner/name");
    }

    @Test
    void aNameIsAsLongAsTheHubAllows() {
        assertThat(Repository.of("a".repeat(96) + "/" + "b".repeat(96), "main").id())
                .hasSize(194);
        assertThatThrownBy(() -> Repository.of("a".repeat(97) + "/b", "main")).isInstanceOf(BadSelection.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "..", "a..b", "-x", "/main", "a b", "main?x", "main#x", "a%2e%2e", "a\\b", "main\n"})
    void whatIsNoRevisionIsRefused(String revision) {
        assertThatThrownBy(() -> Repository.of("a/b", revision))
                .isInstanceOfSatisfying(
                        BadSelection.class, e -> assertThat(e.field()).isEqualTo("revision"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "huggingface.co",
                "ftp://huggingface.co",
                "https://",
                "https://a/?x=1",
                "https://user:pass@a",
                "a b"
            })
    void anEndpointThatIsNoneStopsTheStart(String endpoint) {
        assertThatThrownBy(() -> new Hub(endpoint, null, PATIENCE))
                .isInstanceOf(BadSetting.class)
                .hasMessageContaining("headlight.hub.endpoint");
    }

    @Test
    void aTokenThatIsNoneStopsTheStartAndIsNotShown() {
        assertThatThrownBy(() -> new Hub("https://huggingface.co/", "hf_a\nb", PATIENCE))
                .isInstanceOf(BadSetting.class)
                .hasMessageContaining("HF_TOKEN")
                .satisfies(e -> assertThat(e.toString()).doesNotContain("hf_"));
    }
}
