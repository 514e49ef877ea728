package dev.headlight.jinja;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Splits a template into tokens, with the settings of Transformers: {@code trim_blocks} drops a newline after a block,
 * and {@code lstrip_blocks} drops whitespace between the start of a line and a block.
 *
 * @see <a href="https://jinja.palletsprojects.com/en/stable/templates/#whitespace-control">Jinja, whitespace control</a>
 */
final class Lexer {
    private static final Pattern RAW = Pattern.compile("\\{%([-+]?)\\s*raw\\s*(-?)%}", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern END_RAW =
            Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%}", Pattern.UNICODE_CHARACTER_CLASS);
    private static final List<String> OPERATORS = List.of(
            "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<",
            "=", ".", ":", "|", ",", ";");

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private final Deque<Character> open = new ArrayDeque<>(); // expected closing brackets
    private int at;
    private int counted; // lines are counted up to here
    private int line = 1;
    private boolean lineStarts = true;

    private Lexer(String source) {
        this.source = source;
    }

    /** Splits a template; the last token is {@code END}. */
    static List<Token> tokens(String source) {
        String lines = source.replace("\r\n", "\n").replace('\r', '\n');
        Lexer lexer = new Lexer(lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines);
        lexer.root();
        return lexer.tokens;
    }

    private void root() {
        while (at < source.length()) {
            int begin = begin();
            String text = source.substring(at, begin);
            at = begin;
            if (begin == source.length()) {
                add(Token.Type.DATA, text);
                break;
            }
            Matcher raw = RAW.matcher(source).region(at, source.length());
            if (raw.lookingAt()) {
                data(text, raw.group(1), true);
                raw(raw);
            } else {
                tag(text, source.charAt(at + 1));
            }
        }
        add(Token.Type.END, "");
    }

    /** Position of the next tag; the end of the source if no tag follows. */
    private int begin() {
        for (int brace = source.indexOf('{', at); brace >= 0; brace = source.indexOf('{', brace + 1)) {
            if (brace + 1 < source.length() && "%{#".indexOf(source.charAt(brace + 1)) >= 0) {
                return brace;
            }
        }
        return source.length();
    }

    private void tag(String text, char kind) {
        at += 2;
        String sign = at < source.length() && "-+".indexOf(source.charAt(at)) >= 0 ? source.substring(at, at + 1) : "";
        at += sign.length();
        data(text, sign, kind != '{');
        switch (kind) {
            case '#' -> comment();
            case '{' -> inside(Token.Type.VARIABLE_BEGIN, Token.Type.VARIABLE_END, "}}");
            default -> inside(Token.Type.BLOCK_BEGIN, Token.Type.BLOCK_END, "%}");
        }
        lineStarts = source.charAt(at - 1) == '\n';
    }

    /** Adds the text before a tag, stripped as the tag's sign says. */
    private void data(String text, String sign, boolean isBlock) {
        String kept = text;
        if (sign.equals("-")) {
            kept = Text.stripRight(text);
        } else if (isBlock && !sign.equals("+")) {
            int lineAt = text.lastIndexOf('\n') + 1;
            if ((lineAt > 0 || lineStarts) && Text.isSpace(text.substring(lineAt))) {
                kept = text.substring(0, lineAt);
            }
        }
        add(Token.Type.DATA, kept);
    }

    private void raw(Matcher begin) {
        at = begin.end();
        if (!begin.group(2).isEmpty()) {
            skipSpace();
        }
        lineStarts = source.charAt(at - 1) == '\n';
        Matcher end = END_RAW.matcher(source).region(at, source.length());
        if (!end.find()) {
            throw TemplateFault.at(line, "a raw block is not closed");
        }
        String text = source.substring(at, end.start());
        at = end.end();
        data(text, end.group(1), true);
        afterEnd(end.group(2));
        lineStarts = source.charAt(at - 1) == '\n';
    }

    private void comment() {
        int end = source.indexOf("#}", at);
        if (end < 0) {
            throw TemplateFault.at(line, "a comment is not closed");
        }
        boolean signed = end > at && "-+".indexOf(source.charAt(end - 1)) >= 0;
        at = end + 2;
        afterEnd(signed ? source.substring(end - 1, end) : "");
    }

    /** Drops whitespace after the end of a block or comment. */
    private void afterEnd(String sign) {
        if (sign.equals("-")) {
            skipSpace();
        } else if (sign.isEmpty() && at < source.length() && source.charAt(at) == '\n') {
            at++;
        }
    }

    private void skipSpace() {
        while (at < source.length() && Text.isSpace(source.charAt(at))) {
            at++;
        }
    }

    private void inside(Token.Type begin, Token.Type end, String close) {
        add(begin, "");
        while (true) {
            skipSpace();
            if (at == source.length()) {
                throw TemplateFault.at(line, "a tag is not closed");
            }
            if (open.isEmpty() && ends(close)) {
                add(end, "");
                String sign = source.startsWith(close, at) ? "" : source.substring(at, at + 1);
                at += sign.length() + close.length();
                if (close.equals("%}")) {
                    afterEnd(sign);
                } else if (!sign.isEmpty()) {
                    skipSpace();
                }
                return;
            }
            token();
        }
    }

    private boolean ends(String close) {
        boolean signed = source.startsWith("-", at) || (close.equals("%}") && source.startsWith("+", at));
        return source.startsWith(close, signed ? at + 1 : at);
    }

    private void token() {
        char c = source.charAt(at);
        if (c >= '0' && c <= '9') {
            Literals.Literal number = Literals.number(source, at, at > 0 && source.charAt(at - 1) == '.');
            add(Token.Type.NUMBER, number.value());
            at = number.end();
        } else if (c == '"' || c == '\'') {
            Literals.Literal string = Literals.string(source, at);
            add(Token.Type.STRING, string.value());
            at = string.end();
        } else if (isWord(c)) {
            int from = at;
            while (at < source.length() && isWord(source.charAt(at))) {
                at++;
            }
            add(Token.Type.NAME, source.substring(from, at));
        } else {
            operator();
        }
    }

    private static boolean isWord(char c) {
        if (c >= 0x80 && Character.isLetterOrDigit(c)) {
            throw new Unsupported("a name outside ASCII");
        }
        return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    private void operator() {
        String operator = OPERATORS.stream()
                .filter(o -> source.startsWith(o, at))
                .findFirst()
                .orElseThrow(() -> TemplateFault.at(
                        line, "the character '" + Character.toString(source.codePointAt(at)) + "' is unexpected"));
        char c = operator.charAt(0);
        switch (c) {
            case '(', '[', '{' -> open.push(c == '(' ? ')' : c == '[' ? ']' : '}');
            case ')', ']', '}' -> {
                if (open.isEmpty() || open.pop() != c) {
                    throw TemplateFault.at(line, "'" + c + "' is unexpected");
                }
            }
            default -> {}
        }
        add(Token.Type.OPERATOR, operator);
        at += operator.length();
    }

    private void add(Token.Type type, Object value) {
        while (counted < at && counted < source.length()) {
            line += source.charAt(counted++) == '\n' ? 1 : 0;
        }
        if (type != Token.Type.DATA || !value.equals("")) {
            tokens.add(new Token(type, value, line));
        }
    }
}
