package dev.headlight.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;

/** The largest absolute differences from PyTorch that the parity tests of this JVM have seen. */
public final class ParityReport {
    private static final Path FILE = Path.of("target/parity.md");
    private static final Map<String, Map<String, Double>> SEEN = new ConcurrentSkipListMap<>();

    private ParityReport() {}

    /** @param kind the row of the table, such as {@code pattern} */
    public static void add(Fixture fixture, String kind, double difference) {
        SEEN.computeIfAbsent(fixture.toString(), f -> new TreeMap<>()).merge(kind, difference, Math::max);
    }

    /** Writes a table of what was seen until now. */
    public static void write() throws IOException {
        Set<String> kinds = new LinkedHashSet<>();
        for (Site site : Site.values()) {
            kinds.add(site.shortName());
        }
        kinds.addAll(new TreeSet<>(
                SEEN.values().stream().flatMap(seen -> seen.keySet().stream()).toList()));
        kinds.removeIf(kind -> SEEN.values().stream().noneMatch(seen -> seen.containsKey(kind)));
        StringBuilder text = new StringBuilder(
                "| | " + String.join(" | ", SEEN.keySet()) + " |\n|---|" + "---:|".repeat(SEEN.size()) + "\n");
        for (String kind : kinds) {
            text.append("| ").append(kind).append(" |");
            SEEN.values()
                    .forEach(seen ->
                            text.append(' ').append(cell(seen.get(kind))).append(" |"));
            text.append('\n');
        }
        Files.createDirectories(FILE.getParent());
        Files.writeString(FILE, text);
    }

    private static String cell(Double difference) {
        if (difference == null) {
            return "";
        }
        return difference == 0 ? "0" : String.format(Locale.ROOT, "%.1e", difference);
    }
}
