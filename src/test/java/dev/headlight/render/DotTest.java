package dev.headlight.render;

import static org.assertj.core.api.Assertions.assertThat;

import dev.headlight.render.Graph.Edge;
import dev.headlight.render.Graph.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class DotTest {
    /** What Graphviz' lexer takes for one token: a string ends at the first quote without a backslash of its own. */
    private static final Pattern TOKEN =
            Pattern.compile("\\s*(\"(?:\\\\\\\\|\\\\\"|[^\"])*\"|->|[{}\\[\\];=,]|[A-Za-z_]+|-?[0-9.]+)");

    @Test
    void aGraphIsWrittenAsItsPictureShowsIt() {
        List<Node> nodes = List.of(
                new Node("embed", "embedding", 0, ""),
                new Node("L0H1", "L0H1", 1, "head"),
                new Node("L0H2", "L0H2", 1, "head"));
        Graph graph = new Graph(
                "gpt2", nodes, List.of(new Edge("embed", "L0H1", 2), new Edge("embed", "L0H2", -0.5)), "effect");
        assertThat(Dot.text(graph)).isEqualTo("""
                digraph {
                  rankdir=BT;
                  label="gpt2";
                  labelloc=t;
                  fontname="DejaVu Sans";
                  node [shape=box, style="rounded,filled", fontname="DejaVu Sans"];
                  edge [fontname="DejaVu Sans", fontsize=10, arrowsize=0.6];
                  {
                    rank=same;
                    "embed" [label="embedding", fillcolor="#ffffff"];
                  }
                  {
                    rank=same;
                    "L0H1" [label="L0H1", fillcolor="#e6e6e6"];
                    "L0H2" [label="L0H2", fillcolor="#e6e6e6"];
                  }
                  "embed" -> "L0H1" [label="2.00", penwidth=6.00, color="#b2182b"];
                  "embed" -> "L0H2" [label="-0.500", penwidth=2.06, color="#2166ac"];
                }
                """);
    }

    @Test
    void noIdOrLabelBreaksTheText() {
        Graph graph = Graphs.nasty();
        List<String> tokens = tokens(Dot.text(graph));
        assertThat(tokens.stream().filter("->"::equals)).hasSize(graph.edges().size());
        List<String> ids = new ArrayList<>();
        List<String> labels = new ArrayList<>();
        List<List<String>> ends = new ArrayList<>();
        for (int i = 1; i < tokens.size() - 1; i++) {
            boolean named = tokens.get(i + 1).equals("[") && tokens.get(i).startsWith("\"");
            if (named && tokens.get(i - 1).equals("->")) {
                ends.add(List.of(unquoted(tokens.get(i - 2)), unquoted(tokens.get(i))));
            } else if (named) {
                ids.add(unquoted(tokens.get(i)));
                labels.add(unquoted(tokens.get(i + 4)).replace("&amp;", "&")); // "id" [ label = "…"
            }
        }
        assertThat(ids).isEqualTo(Graphs.NASTY);
        assertThat(labels).isEqualTo(Graphs.NASTY.stream().map(Labels::visible).toList());
        assertThat(ends)
                .isEqualTo(graph.edges().stream()
                        .map(e -> List.of(e.from(), e.to()))
                        .toList());
    }

    @Test
    void aLevelIsARank() {
        Graph graph = Graphs.random(30, 60, 7);
        assertThat(Dot.text(graph).split("rank=same", -1)).hasSize(7 + 1);
    }

    private static String unquoted(String token) {
        return token.substring(1, token.length() - 1).replaceAll("\\\\(.)", "$1");
    }

    private static List<String> tokens(String dot) {
        List<String> tokens = new ArrayList<>();
        Matcher matcher = TOKEN.matcher(dot.strip());
        int at = 0;
        while (at < dot.strip().length()) {
            assertThat(matcher.find(at) && matcher.start() == at)
                    .as(dot.substring(at))
                    .isTrue();
            tokens.add(matcher.group(1));
            at = matcher.end();
        }
        return tokens;
    }
}
