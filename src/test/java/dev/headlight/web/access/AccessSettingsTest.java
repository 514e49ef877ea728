package dev.headlight.web.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import dev.headlight.model.fault.BadSetting;
import dev.headlight.web.AccessSettings;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementServerProperties;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;

class AccessSettingsTest {
    private static final AccessSettings.RateLimit NO_LIMIT = new AccessSettings.RateLimit(0, Duration.ofMinutes(1));

    @TempDir
    Path folder;

    private static ApiKeys keys(List<String> keys, Path file) {
        return new ApiKeys(
                new AccessSettings(false, keys, file == null ? null : file.toString(), List.of(), List.of(), NO_LIMIT));
    }

    @ParameterizedTest
    @CsvSource({
        "SECRET, SECRET, key-1, 3",
        "bob:SECRET, SECRET, bob, 3",
        "SECRET:read, SECRET, key-1, 1",
        "bob:SECRET:read+run, SECRET, bob, 2",
        "{sha256}0917b13a9091915d54b6336f45909539cce452b3661b21f386418a257883b30a, SECRET, key-1, 3",
        "a:{sha256}0917B13A9091915D54B6336F45909539CCE452B3661B21F386418A257883B30A:admin, SECRET, a, 1"
    })
    void aKeyHasPerhapsANameAndScopes(String text, String shown, String name, int scopes) {
        ApiKey key = keys(List.of(text), null).find(shown);
        assertThat(key).isNotNull();
        assertThat(key.name()).isEqualTo(name);
        assertThat(key.scopes()).hasSize(scopes);
        assertThat(keys(List.of(text), null).find(shown + "x")).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a:b:c", "a b", "x:secret:read+write", "{sha256}12", "{sha256}" + "zz", ""})
    void anotherFormEndsTheStartAndIsNotShown(String text) {
        assertThatExceptionOfType(BadSetting.class)
                .isThrownBy(() -> keys(List.of(text), null))
                .withMessageStartingWith("headlight.access.keys has a ")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret"));
    }

    @Test
    void aFileWithoutKeysOrNoFileEndsTheStart() throws Exception {
        Path empty = Files.writeString(folder.resolve("empty"), "# none\n\n");
        for (Path file : List.of(empty, folder.resolve("none"))) {
            assertThatExceptionOfType(BadSetting.class)
                    .isThrownBy(() -> keys(List.of(), file))
                    .withMessageStartingWith("headlight.access.keys-file ");
        }
    }

    @Test
    void aBrokenFileLeavesTheKeysAsTheyWere() throws Exception {
        Path file = Files.writeString(folder.resolve("keys"), "first-key-0123456789\n");
        ApiKeys keys = keys(List.of(), file);
        Files.writeString(file, "a:b:c\n");
        Thread.sleep(1100);
        assertThat(keys.find("first-key-0123456789")).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "10.1.2.3"})
    void anAddressThatOtherMachinesReachNeedsKeysOrTheWordOpen(String address) throws Exception {
        ServerProperties server = new ServerProperties();
        ManagementServerProperties management = new ManagementServerProperties();
        server.setAddress(InetAddress.getByName(address));
        assertThatExceptionOfType(BadSetting.class)
                .isThrownBy(() -> ListeningCheck.require(server, management, false, false))
                .withMessageStartingWith("server.address is ");
        assertThatNoException().isThrownBy(() -> ListeningCheck.require(server, management, true, false));
        assertThatNoException().isThrownBy(() -> ListeningCheck.require(server, management, false, true));
    }

    @Test
    void theSecondPortIsCheckedToo() throws Exception {
        ServerProperties server = new ServerProperties();
        server.setAddress(InetAddress.getByName("127.0.0.1"));
        ManagementServerProperties management = new ManagementServerProperties();
        assertThatNoException().isThrownBy(() -> ListeningCheck.require(server, management, false, false));
        management.setPort(9090);
        assertThatExceptionOfType(BadSetting.class)
                .isThrownBy(() -> ListeningCheck.require(server, management, false, false))
                .withMessageStartingWith("management.server.address is every address of this machine");
        management.setAddress(InetAddress.getByName("::1"));
        assertThatNoException().isThrownBy(() -> ListeningCheck.require(server, management, false, false));
    }
}
