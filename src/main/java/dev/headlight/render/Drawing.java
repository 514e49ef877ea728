package dev.headlight.render;

import java.awt.Dimension;

/** What can be drawn as a picture. */
public interface Drawing {
    /** In px, without drawing it: so that what is too large can be refused in time. */
    Dimension size();

    byte[] png();

    /** UTF-8. */
    byte[] svg();
}
