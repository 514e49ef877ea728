package dev.headlight.web;

import dev.headlight.interp.session.AnalysisAnswer;
import dev.headlight.interp.verify.Comparison;
import dev.headlight.model.fault.TooLarge;
import dev.headlight.render.Dot;
import dev.headlight.render.Drawing;
import dev.headlight.render.Graph;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Draws answers as picture files. Drawing takes a whole core, so it counts as computing. */
@Component
final class Pictures {
    private final OperatorMetrics metrics;
    private final long mostPixels;

    Pictures(OperatorMetrics metrics, HeadlightProperties properties) {
        this.metrics = metrics;
        this.mostPixels = properties.limits().picturePixels();
    }

    /**
     * Draws an answer, or the difference of two answers, as a file.
     *
     * @param comparison comparison whose difference is drawn; null to draw the answer itself
     * @param format PNG, SVG or DOT
     * @throws TooLarge if the picture has more pixels than the limits allow
     */
    <A extends AnalysisAnswer> byte[] draw(
            Plan.Picture<A> picture, A analysis, @Nullable Comparison comparison, Format format) {
        if (comparison == null) {
            return file(picture.draw(analysis, null), format);
        }
        @SuppressWarnings("unchecked") // replacing the tensors of an answer keeps its class
        A difference = (A) analysis.with(comparison.difference());
        return file(picture.draw(difference, comparison.model()), format);
    }

    private byte[] file(Drawing drawing, Format format) {
        if (format == Format.DOT) {
            return Dot.text((Graph) drawing).getBytes(StandardCharsets.UTF_8); // endpoints that offer DOT draw graphs
        }
        long pixels = drawing.pixels();
        if (pixels > mostPixels) {
            throw new TooLarge("input", pixels, mostPixels, "pixels of the picture", "headlight.limits.picture-pixels");
        }
        byte[] picture = format == Format.PNG ? drawing.png() : drawing.svg();
        metrics.drawn(format);
        return picture;
    }
}
