package dev.headlight.web.access;

import dev.headlight.model.fault.BadSetting;
import dev.headlight.web.AccessSettings;
import dev.headlight.web.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The API keys of the settings and of the keys file, which is read again when it has changed. */
final class ApiKeys {
    private static final Logger log = LoggerFactory.getLogger(ApiKeys.class);
    private static final String SETTING = "headlight.access.keys";
    private static final String FILE_SETTING = "headlight.access.keys-file";
    private static final long CHECK_NANOS = Duration.ofSeconds(1).toNanos();

    private final List<ApiKey> ofSettings;
    private final @Nullable Path file;
    private volatile List<ApiKey> ofFile = List.of();
    private volatile String version = "";
    private volatile long checked;

    /** @throws BadSetting if a key has another form, or if the file cannot be read or has no key */
    ApiKeys(AccessSettings settings) {
        ofSettings = keys(SETTING, settings.keys());
        String path = settings.keysFile();
        file = path == null || path.isBlank() ? null : Path.of(path.trim());
        if (file != null) {
            checked = System.nanoTime();
            version = version(file);
            ofFile = read(file);
        }
    }

    /** Whether clients must show a key. */
    boolean required() {
        return !ofSettings.isEmpty() || file != null;
    }

    /** The key that a client shows; null for an unknown one. Takes as long whichever it is. */
    @Nullable
    ApiKey find(String shown) {
        refresh();
        byte[] hash = Sha256.of(shown);
        ApiKey found = null;
        for (ApiKey key : (Iterable<ApiKey>) Stream.concat(ofSettings.stream(), ofFile.stream())::iterator) {
            found = MessageDigest.isEqual(hash, key.hash()) ? key : found;
        }
        return found;
    }

    private void refresh() {
        Path from = file;
        if (from == null || System.nanoTime() - checked < CHECK_NANOS) {
            return;
        }
        checked = System.nanoTime();
        String now = version(from);
        if (!now.equals(version)) {
            try {
                ofFile = read(from);
                log.info("{} has {} keys now", FILE_SETTING, ofFile.size());
            } catch (BadSetting e) {
                log.error("The keys stay as they were: {}", e.getMessage());
            }
            version = now;
        }
    }

    /** Changes whenever the file is written or replaced. */
    private static String version(Path file) {
        try {
            return Files.getLastModifiedTime(file) + " " + Files.size(file) + " "
                    + file.toRealPath(); // Kubernetes swaps a link
        } catch (IOException e) {
            return "";
        }
    }

    private static List<ApiKey> read(Path file) {
        try {
            List<String> lines = Files.readAllLines(file).stream()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .toList();
            if (lines.isEmpty()) {
                throw new BadSetting(FILE_SETTING, "has no key in it");
            }
            return keys(FILE_SETTING, lines);
        } catch (IOException e) {
            throw new BadSetting(FILE_SETTING, "cannot be read: " + e);
        }
    }

    private static List<ApiKey> keys(String setting, List<String> texts) {
        List<ApiKey> keys = new ArrayList<>();
        for (String text : texts) {
            if (text.length() < ApiKey.SHORT) {
                log.warn("{}: key number {} is short and can be guessed", setting, keys.size() + 1);
            }
            keys.add(ApiKey.of(setting, keys.size() + 1, text));
        }
        return List.copyOf(keys);
    }
}
