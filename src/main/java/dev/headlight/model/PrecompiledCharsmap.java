package dev.headlight.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.BitSet;
import java.util.Deque;

/**
 * SentencePiece's table of normalised characters: the bytes of a trie, its units, then the texts that its leaves point to.
 * Every step that a text can take in it is checked to stay inside, for the library that takes them does not look.
 *
 * @see <a href="https://github.com/google/sentencepiece/blob/v0.2.0/src/normalizer.cc">SentencePiece, normalizer.cc</a>
 * @see <a href="https://github.com/s-yata/darts-clone">Darts-clone, the trie</a>
 */
final class PrecompiledCharsmap {
    private final ByteBuffer units;
    private final ByteBuffer texts;
    private final int count;

    private PrecompiledCharsmap(ByteBuffer units, ByteBuffer texts) {
        this.units = units;
        this.texts = texts;
        this.count = units.remaining() / Integer.BYTES;
    }

    /** @throws ModelRefused if it is none, or leads outside of itself */
    static void require(String path, String base64) {
        try {
            ByteBuffer all = ByteBuffer.wrap(Base64.getDecoder().decode(base64)).order(ByteOrder.LITTLE_ENDIAN);
            int size = Integer.BYTES > all.remaining() ? -1 : all.getInt() & -Integer.BYTES;
            if (size >= Integer.BYTES && size <= all.remaining()) {
                ByteBuffer units = all.slice(all.position(), size).order(ByteOrder.LITTLE_ENDIAN);
                ByteBuffer texts = all.slice(all.position() + size, all.remaining() - size);
                StandardCharsets.UTF_8.newDecoder().decode(texts.duplicate());
                if (new PrecompiledCharsmap(units, texts).isClosed()) {
                    return;
                }
            }
        } catch (IllegalArgumentException | CharacterCodingException e) {
            // no base64, or no UTF-8
        }
        throw TokenizerCheck.refused(path + ".precompiled_charsmap", "is no table of characters");
    }

    /** Goes from the root wherever bytes can lead. */
    private boolean isClosed() {
        BitSet seen = new BitSet(count);
        Deque<Integer> next = new ArrayDeque<>();
        next.push(children(0));
        while (!next.isEmpty()) {
            int children = next.pop();
            if (seen.get(children)) {
                continue;
            }
            seen.set(children);
            for (int b = 1; b < 0x100; b++) {
                int unit = children ^ b;
                if (unit >= count) {
                    return false;
                }
                if (label(unit) == b) {
                    int below = children(unit);
                    if (below >= count || (hasLeaf(unit) && !isText(unit(below) & Integer.MAX_VALUE))) {
                        return false;
                    }
                    next.push(below);
                }
            }
        }
        return true;
    }

    private int unit(int index) {
        return units.getInt(Integer.BYTES * index);
    }

    /** The byte that leads here; another value for a leaf. */
    private int label(int index) {
        return unit(index) & 0x800000FF;
    }

    private boolean hasLeaf(int index) {
        return (unit(index) >>> 8 & 1) == 1;
    }

    /** Where the units below one begin, but for the byte. */
    private int children(int index) {
        int unit = unit(index);
        long offset = (long) (unit >>> 10) << ((unit & 0x200) >> 6);
        return (int) Math.min(index ^ offset, Integer.MAX_VALUE);
    }

    /** Whether a text may begin here: not inside a character. */
    private boolean isText(int at) {
        return at == texts.limit() || (at < texts.limit() && (texts.get(at) & 0xC0) != 0x80);
    }
}
