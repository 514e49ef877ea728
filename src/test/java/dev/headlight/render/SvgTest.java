package dev.headlight.render;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

class SvgTest {
    @Test
    void theRootIsAnSvgThatNamesItself() throws Exception {
        Element root = SvgTexts.of(Figures.grid(1, 1, 3)).document().getDocumentElement();
        assertThat(root.getNamespaceURI()).isEqualTo("http://www.w3.org/2000/svg");
        assertThat(root.getLocalName()).isEqualTo("svg");
        assertThat(root.getFirstChild().getNodeName()).isEqualTo("title");
        assertThat(root.getFirstChild().getTextContent()).isEqualTo("gpt2, layer 5, head 1");
        assertThat(root.getAttribute("shape-rendering")).isEqualTo("crispEdges");
    }

    @Test
    void titleAxesScaleAndTokensAreText() throws Exception {
        List<String> words = SvgTexts.of(Figures.grid(1, 1, 10)).words();
        assertThat(words).contains("gpt2, layer 5, head 1", "L0H0", "query", "key", "attention probability", "0.0");
        for (String token : Figures.WORDS) {
            assertThat(words.stream().filter(Labels.visible(token)::equals)).hasSize(2);
        }
    }

    @Test
    void idsStayExactlyAsTheyAre() throws Exception {
        List<String> ids = List.of("17", "0", "50256");
        assertThat(SvgTexts.of(Figures.one(ids, List.of("x"), 1, 2, 3)).words()).containsAll(ids);
    }

    @Test
    void noTokenBreaksTheXml() throws Exception {
        List<String> nasty =
                List.of("<&>\"'", "&lt;", "]]>", "<image", "\u0000", "\ud800", "a\udc00", "\ufffe", "\u001b[0m");
        Figure figure = Figures.one(nasty, List.of("x"), Figures.noise(nasty.size(), 1));
        Figure titled = new Figure("<b>&amp;\u0001\udfff", figure.parts());
        SvgTexts svg = SvgTexts.of(titled);
        assertThat(svg.words()).containsAll(nasty.stream().map(Labels::visible).toList());
        assertThat(svg.document().getElementsByTagName("title").item(0).getTextContent())
                .isEqualTo("<b>&amp;\\u0001\\uDFFF");
    }

    @Test
    void aShortenedTextIsWholeInItsTitle() throws Exception {
        String token = " <&lt;>" + "counterrevolutionaries".repeat(3);
        SvgTexts svg = SvgTexts.of(Figures.of(List.of(Figures.written(1, 2, List.of(" short", token))), 1));
        var titles = svg.document().getElementsByTagName("title");
        assertThat(titles.getLength()).isEqualTo(2); // the picture's is the first
        assertThat(titles.item(1).getTextContent()).isEqualTo(Labels.visible(token));
        Element cell = (Element) titles.item(1).getParentNode();
        assertThat(cell.getElementsByTagName("text").item(0).getTextContent())
                .startsWith("␣<&lt;")
                .contains("…");
        assertThat(cell.getElementsByTagName("rect").getLength()).isEqualTo(1);
    }

    @Test
    void everyCellIsARectangleUntilThereAreTooMany() throws Exception {
        SvgTexts few = SvgTexts.of(Figures.grid(2, 2, 20));
        assertThat(few.count("rect")).isGreaterThan(800);
        assertThat(few.count("image")).isZero();
        SvgTexts many = SvgTexts.of(Figures.of(List.of(Figures.random("large", 150, 150)), 1));
        assertThat(many.count("rect")).isLessThan(1000);
        Element image = (Element) many.document().getElementsByTagName("image").item(0);
        assertThat(image.getAttribute("style")).isEqualTo("image-rendering:pixelated");
    }
}
