package dev.headlight.render;

import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Writes a graph in DOT, the language of Graphviz, with the rows, colours and line widths of the picture.
 *
 * @see <a href="https://graphviz.org/doc/info/lang.html">the DOT language</a>
 */
public final class Dot {
    private Dot() {}

    /**
     * Writes a {@code digraph}. Nodes keep their ids, with every backslash doubled, because a quoted id in DOT cannot
     * end with a single backslash.
     */
    public static String text(Graph graph) {
        GraphStyle style = GraphStyle.of(graph);
        StringBuilder out = new StringBuilder("digraph {\n  rankdir=BT;\n");
        if (!graph.title().isEmpty()) {
            out.append("  label=%s;\n  labelloc=t;\n  fontname=\"DejaVu Sans\";\n".formatted(label(graph.title())));
        }
        out.append("  node [shape=box, style=\"rounded,filled\", fontname=\"DejaVu Sans\"];\n");
        out.append("  edge [fontname=\"DejaVu Sans\", fontsize=10, arrowsize=0.6];\n");
        TreeMap<Integer, List<Graph.Node>> levels = graph.nodes().stream()
                .collect(Collectors.groupingBy(Graph.Node::level, TreeMap::new, Collectors.toList()));
        levels.values().forEach(row -> out.append(row(row, style)));
        graph.edges().forEach(edge -> out.append(edge(edge, style)));
        return out.append("}\n").toString();
    }

    private static String row(List<Graph.Node> nodes, GraphStyle style) {
        return nodes.stream()
                .map(n -> "    %s [label=%s, fillcolor=\"%s\"];\n"
                        .formatted(quoted(n.id()), label(n.label()), colour(style.node(n.kind()))))
                .collect(Collectors.joining("", "  {\n    rank=same;\n", "  }\n"));
    }

    private static String edge(Graph.Edge edge, GraphStyle style) {
        return "  %s -> %s [label=\"%s\", penwidth=%s, color=\"%s\"];\n"
                .formatted(
                        quoted(edge.from()),
                        quoted(edge.to()),
                        GraphStyle.text(edge.weight()),
                        String.format(Locale.ROOT, "%.2f", style.width(edge.weight())),
                        colour(GraphStyle.edge(edge.weight())));
    }

    private static String colour(int rgb) {
        return String.format(Locale.ROOT, "#%06x", rgb);
    }

    // Graphviz decodes HTML entities in labels only
    private static String label(String text) {
        return quoted(Labels.visible(text).replace("&", "&amp;"));
    }

    // the lexer unescapes only quotes; doubling also disables label escapes such as \n and \G
    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
