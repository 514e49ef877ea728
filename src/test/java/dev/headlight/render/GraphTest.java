package dev.headlight.render;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.headlight.render.Graph.Edge;
import dev.headlight.render.Graph.Node;
import java.util.List;
import org.junit.jupiter.api.Test;

class GraphTest {
    private static final List<Node> NODES = List.of(Graphs.node("a", 0), Graphs.node("b", 1), Graphs.node("c", 1));

    @Test
    void anEdgeGoesUpBetweenNodesOfTheGraph() {
        assertRefused(new Edge("b", "a", 1), "Edge b to a goes from level 1 to 0, which is not up");
        assertRefused(new Edge("b", "c", 1), "Edge b to c goes from level 1 to 1, which is not up");
        assertRefused(new Edge("a", "x", 1), "Edge a to x names an unknown node");
        assertRefused(new Edge("x", "a", 1), "Edge x to a names an unknown node");
    }

    @Test
    void whatIsNoWeightIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Edge("a", "b", Double.NaN))
                .withMessage("Edge a to b has the weight NaN");
    }

    @Test
    void nodesAreToldApartByTheirIds() {
        List<Node> twice = List.of(Graphs.node("a", 0), Graphs.node("a", 1));
        assertThatIllegalArgumentException().isThrownBy(() -> Graphs.of(twice)).withMessage("Two nodes with the id a");
        assertThatIllegalArgumentException().isThrownBy(() -> Graphs.of(List.of()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Graphs.node("a\n", 0))
                .withMessage("Invalid node id 'a⏎'");
        assertThatIllegalArgumentException().isThrownBy(() -> Graphs.node("", 0));
    }

    private static void assertRefused(Edge edge, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Graphs.of(NODES, edge))
                .withMessage(message);
    }
}
