package dev.headlight.model.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Refusals of the hub are explained; redirects keep the token at the hub. */
class HubConnectionTest extends HubFaultTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            401 | RepoNotFound     | there is no such repository, or it is private or gated, and needs a token that has access to it, in the environment variable HF_TOKEN
            403 | GatedRepo        | it is gated or private
            404 | RepoNotFound     | no such repository or revision
            404 | RevisionNotFound | there is no such revision
            410 | RepoNotFound     | no such repository or revision
            418 | -                | the hub answers 418 for owner/name at revision main
            """)
    void aRefusalIsSaidAtOnceAndInWords(int status, String code, String says) {
        hub.listingFault(status(status, "X-Error-Code", code));
        assertThat(failure()).contains("the hub answers " + status, says);
        assertThat(hub.seen()).hasSize(1);
    }

    @Test
    void aSignatureThatHasExpiredIsMadeAnew() throws IOException {
        hub.fault(ofWeights(times(2, status(403))));
        assertWhole(bring(), WHOLE);
        assertThat(hub.asked(WEIGHTS)).isEqualTo(3);
    }

    @Test
    void aRevisionThatVanishesBetweenTheListAndTheFilesIsSaidToHave() {
        Map<String, byte[]> files = files();
        hub.fault((e, file, content, from) -> {
            if (file.equals("config.json")) { // from now on there is another commit
                files.put("new", new byte[0]);
                hub.with(REPO, files);
            }
            return false;
        });
        String commit = hub.commit(REPO);
        assertThat(failure())
                .contains(
                        "the hub answers 404 for tokenizer.json of owner/name at commit " + commit, "no such revision");
    }

    @Test
    void theTokenGoesToTheHubAndNowhereElse() throws IOException {
        hub.require("hf_secret");
        assertThat(failure()).contains("401", "HF_TOKEN");
        downloads.close();
        downloads = downloads("hf_wrong");
        assertThat(failure())
                .contains("the token in the environment variable HF_TOKEN has no access")
                .doesNotContain("hf_wrong");
        downloads.close();
        downloads = downloads("hf_secret");
        hub.seen().clear();
        assertWhole(bring(), WHOLE);
        assertThat(hub.seen())
                .anyMatch(LocalHub.Seen::atCdn)
                .anyMatch(s -> s.path().contains("resolve-cache"));
        assertThat(hub.seen()).allMatch(s -> s.authorization().equals(s.atCdn() ? "null" : "Bearer hf_secret"));
    }

    @ParameterizedTest
    @CsvSource({
        "/api/models/owner/name/revision/main, redirects more than 5 times",
        "http://[, an address that is invalid",
        "ftp://127.0.0.1/x, not as safe",
        "file:///etc/passwd, an address that is invalid"
    })
    void redirectsAreFollowedWithCare(String location, String says) {
        hub.listingFault(status(302, "Location", location));
        assertThat(failure()).contains(says);
    }
}
