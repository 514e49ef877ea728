package dev.headlight.model;

import dev.headlight.model.hook.Site;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;

/** The largest absolute differences from PyTorch that the parity tests of this JVM have seen. */
public final class ParityReport {
    private static final int COLUMNS = 12; // of one table
    private static final Path FILE = Path.of("target/parity.md");
    private static final Map<String, Map<String, Double>> SEEN = new ConcurrentSkipListMap<>();

    private ParityReport() {}

    /** @param kind the column of the table, such as {@code pattern} */
    public static void add(Fixture fixture, String kind, double difference) {
        SEEN.computeIfAbsent(fixture.toString(), f -> new TreeMap<>()).merge(kind, difference, Math::max);
    }

    /** Writes tables of what was seen until now: models by kinds. */
    public static void write() throws IOException {
        Set<String> seen = new LinkedHashSet<>();
        for (Site site : Site.values()) {
            seen.add(site.shortName());
        }
        seen.addAll(new TreeSet<>(
                SEEN.values().stream().flatMap(kinds -> kinds.keySet().stream()).toList()));
        seen.removeIf(kind -> SEEN.values().stream().noneMatch(kinds -> kinds.containsKey(kind)));
        List<String> kinds = List.copyOf(seen);
        StringBuilder text = new StringBuilder();
        for (int from = 0; from < kinds.size(); from += COLUMNS) {
            text.append(table(kinds.subList(from, Math.min(from + COLUMNS, kinds.size()))));
        }
        Files.createDirectories(FILE.getParent());
        Files.writeString(FILE, text);
    }

    private static String table(List<String> kinds) {
        StringBuilder text = new StringBuilder(
                "\n| | " + String.join(" | ", kinds) + " |\n|---|" + "---:|".repeat(kinds.size()) + "\n");
        SEEN.forEach((model, of) -> {
            if (kinds.stream().anyMatch(of::containsKey)) {
                text.append("| ").append(model).append(" |");
                kinds.forEach(
                        kind -> text.append(' ').append(cell(of.get(kind))).append(" |"));
                text.append('\n');
            }
        });
        return text.toString();
    }

    private static String cell(Double difference) {
        if (difference == null) {
            return "";
        }
        return difference == 0 ? "0" : String.format(Locale.ROOT, "%.1e", difference);
    }
}
