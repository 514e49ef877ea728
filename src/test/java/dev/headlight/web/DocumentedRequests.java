package dev.headlight.web;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The commands of a page of the documentation, each with what the page says that it prints. */
final class DocumentedRequests {
    private static final Pattern FENCE =
            Pattern.compile("^```\\w*\\n(.*?)^```\\n?", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\|)|([^\\s'|]+)");

    private DocumentedRequests() {}

    /**
     * A request as curl sends it, and how jq shortens the answer.
     *
     * @param filter null where the answer is not read
     * @param output lines that are printed
     */
    record Request(String page, String path, String body, String accept, String filter, List<String> output) {
        @Override
        public String toString() {
            return page + ": " + path + " " + body.replaceAll("\\s+", " ");
        }
    }

    /** Those of a Markdown file, in order. */
    static List<Request> of(Path page) {
        List<Request> requests = new ArrayList<>();
        List<String> blocks = blocks(page);
        for (int i = 0; i < blocks.size(); i++) {
            if (blocks.get(i).startsWith("curl -s localhost:8080/")) {
                List<String> commands = commands(blocks.get(i));
                boolean printed = commands.stream().anyMatch(c -> c.contains("| jq"));
                List<String> output = printed ? blocks.get(i + 1).lines().toList() : List.of();
                requests.addAll(read(page.getFileName().toString(), commands, output));
            }
        }
        return requests;
    }

    private static List<String> blocks(Path page) {
        try {
            List<String> blocks = new ArrayList<>();
            Matcher fence = FENCE.matcher(Files.readString(page));
            while (fence.find()) {
                blocks.add(fence.group(1));
            }
            return blocks;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Several commands of a block print one after the other; the last of them gets all lines. */
    private static List<Request> read(String page, List<String> commands, List<String> output) {
        List<Request> requests = new ArrayList<>();
        for (String command : commands) {
            List<String> words = words(command);
            String accept = "application/json";
            String body = "";
            for (int i = 0; i < words.size() - 1; i++) {
                if (words.get(i).equals("-H") && words.get(i + 1).startsWith("Accept: ")) {
                    accept = words.get(i + 1).substring("Accept: ".length());
                }
                if (words.get(i).equals("-d")) {
                    body = words.get(i + 1);
                }
            }
            int jq = words.indexOf("jq");
            String path = words.get(2).substring("localhost:8080".length());
            String filter = jq < 0 ? null : words.get(words.size() - 1);
            requests.add(new Request(page, path, body, accept, filter, commands.size() == 1 ? output : List.of()));
        }
        if (commands.size() > 1 && !output.isEmpty()) {
            throw new IllegalStateException(page + ": give each command that prints a block of its own");
        }
        return requests;
    }

    private static List<String> commands(String block) {
        return List.of(block.split("\\n(?=curl )"));
    }

    private static List<String> words(String command) {
        List<String> words = new ArrayList<>();
        Matcher word = WORD.matcher(command.replace("\\\n", " "));
        while (word.find()) {
            words.add(word.group(1) != null ? word.group(1) : word.group());
        }
        return words;
    }
}
