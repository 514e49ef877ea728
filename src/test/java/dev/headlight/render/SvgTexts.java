package dev.headlight.render;

import java.awt.geom.AffineTransform;
import java.awt.geom.Area;
import java.awt.geom.Rectangle2D;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/** The texts of an SVG picture, and the room each takes on it. */
record SvgTexts(Document document, List<Placed> texts) {
    /** @param room the box of the line, turned as it is drawn, in px */
    record Placed(String text, Area room) {}

    static SvgTexts of(Figure figure) throws Exception {
        return of(Figures.svg(figure));
    }

    static SvgTexts of(Graph graph) throws Exception {
        return of(Figures.svg(graph));
    }

    private static SvgTexts of(byte[] svg) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        Document document = factory.newDocumentBuilder().parse(new ByteArrayInputStream(svg));
        List<Placed> texts = new ArrayList<>();
        var elements = document.getElementsByTagNameNS("*", "text");
        for (int i = 0; i < elements.getLength(); i++) {
            texts.add(placed((Element) elements.item(i)));
        }
        return new SvgTexts(document, texts);
    }

    List<String> words() {
        return texts.stream().map(Placed::text).toList();
    }

    int count(String element) {
        return document.getElementsByTagNameNS("*", element).getLength();
    }

    private static Placed placed(Element element) {
        String text = element.getTextContent();
        float size = Float.parseFloat(element.getAttribute("style").replaceAll(".*font-size: (\\d+)px.*", "$1"));
        double x = Double.parseDouble(element.getAttribute("x"));
        double y = Double.parseDouble(element.getAttribute("y"));
        // from the top of the ascenders to the bottom of the descenders of letters
        var line = new Rectangle2D.Double(x, y - 0.76 * size, Fonts.width(text, size), 0.99 * size);
        Area room = new Area(line);
        room.transform(turn(((Element) element.getParentNode()).getAttribute("transform")));
        return new Placed(text, room);
    }

    private static AffineTransform turn(String matrix) {
        if (matrix.isEmpty()) {
            return new AffineTransform();
        }
        String[] numbers =
                matrix.substring("matrix(".length(), matrix.length() - 1).split(",");
        return new AffineTransform(
                Arrays.stream(numbers).mapToDouble(Double::parseDouble).toArray());
    }
}
