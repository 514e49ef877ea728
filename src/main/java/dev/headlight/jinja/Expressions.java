package dev.headlight.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parses expressions by precedence, from the operators that bind least to those that bind most. */
final class Expressions {
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

    private final Tokens tokens;
    private final Operands operands;
    private final UnknownFilters unknown = new UnknownFilters();
    private Names names;

    Expressions(Tokens tokens, Names names) {
        this.tokens = tokens;
        this.names = names;
        this.operands = new Operands(tokens, this);
    }

    /** Sets the scope that records the names read by the following expressions. */
    void readInto(Names scope) {
        names = scope;
    }

    /** The scope that records the names. */
    Names names() {
        return names;
    }

    /** Unknown filters and tests found so far. */
    UnknownFilters unknown() {
        return unknown;
    }

    /**
     * Parses one expression, or several separated by commas as a tuple.
     *
     * @param conditional whether {@code a if b else c} is allowed
     */
    Expr tuple(boolean conditional) {
        List<Expr> items = new ArrayList<>();
        boolean isTuple = false;
        while (!isEnd() && (items.isEmpty() || isTuple)) {
            items.add(expression(conditional));
            isTuple = tokens.skipOperator(",");
            if (!isTuple) {
                break;
            }
        }
        if (items.isEmpty()) {
            throw tokens.fault("expected an expression but found " + tokens.current());
        }
        return isTuple || items.size() > 1 ? tupleOf(items) : items.get(0);
    }

    private boolean isEnd() {
        Token token = tokens.current();
        return token.is(Token.Type.VARIABLE_END) || token.is(Token.Type.BLOCK_END) || token.isOperator(")");
    }

    /** An expression that makes a tuple. */
    static Expr tupleOf(List<Expr> items) {
        return Expr.counted(frame -> new Tuple(list(frame, items)));
    }

    /** Evaluates the items of a list or tuple that a template may keep. */
    static List<Object> list(Frame frame, List<Expr> items) {
        frame.budget().values(1);
        frame.budget().list(items.size());
        return all(frame, items);
    }

    /** Evaluates all items. */
    static List<Object> all(Frame frame, List<Expr> items) {
        List<Object> values = new ArrayList<>(items.size());
        items.forEach(item -> values.add(item.eval(frame)));
        return values;
    }

    /** Parses one expression. */
    Expr expression() {
        return expression(true);
    }

    private Expr expression(boolean conditional) {
        tokens.enter();
        Expr expr = conditional ? conditional() : or();
        tokens.leave();
        return expr;
    }

    private Expr conditional() {
        int mark = unknown().mark();
        Expr expr = or();
        while (tokens.skipName("if")) {
            Expr value = expr;
            Expr test = or();
            Expr otherwise = tokens.skipName("else") ? expression() : null;
            unknown().forget(mark);
            expr = Expr.counted(frame -> Values.truth(test.eval(frame)) ? value.eval(frame) : eval(otherwise, frame));
        }
        return expr;
    }

    private static Object eval(@Nullable Expr otherwise, Frame frame) {
        return otherwise == null ? new Undefined("an inline 'if' has no 'else'") : otherwise.eval(frame);
    }

    private Expr or() {
        Expr left = and();
        while (tokens.skipName("or")) {
            Expr first = left;
            Expr second = and();
            left = Expr.counted(frame -> {
                Object value = first.eval(frame);
                return Values.truth(value) ? value : second.eval(frame);
            });
        }
        return left;
    }

    private Expr and() {
        Expr left = not();
        while (tokens.skipName("and")) {
            Expr first = left;
            Expr second = not();
            left = Expr.counted(frame -> {
                Object value = first.eval(frame);
                return Values.truth(value) ? second.eval(frame) : value;
            });
        }
        return left;
    }

    private Expr not() {
        if (tokens.skipName("not")) {
            tokens.enter();
            Expr negated = not();
            tokens.leave();
            return Expr.counted(frame -> !Values.truth(negated.eval(frame)));
        }
        return comparison();
    }

    /** {@code a < b < c} is {@code a < b and b < c}. */
    private Expr comparison() {
        Expr first = sum();
        List<String> operators = new ArrayList<>();
        List<Expr> others = new ArrayList<>();
        for (String operator = comparisonOperator(); operator != null; operator = comparisonOperator()) {
            operators.add(operator);
            others.add(sum());
        }
        return operators.isEmpty() ? first : Expr.counted(frame -> compare(frame, first, operators, others));
    }

    private @Nullable String comparisonOperator() {
        Token token = tokens.current();
        if (token.is(Token.Type.OPERATOR) && COMPARISONS.contains((String) token.value())) {
            return (String) tokens.next().value();
        } else if (tokens.skipName("in")) {
            return "in";
        } else if (token.isName("not") && tokens.look().isName("in")) {
            tokens.next();
            tokens.next();
            return "not in";
        }
        return null;
    }

    private static Object compare(Frame frame, Expr first, List<String> operators, List<Expr> others) {
        Object left = first.eval(frame);
        for (int i = 0; i < operators.size(); i++) {
            Object right = others.get(i).eval(frame);
            if (!Operators.compare(frame.budget(), operators.get(i), left, right)) {
                return false;
            }
            left = right;
        }
        return true;
    }

    private Expr sum() {
        Expr left = concatenation();
        while (tokens.current().isOperator("+") || tokens.current().isOperator("-")) {
            left = binary((String) tokens.next().value(), left, concatenation());
        }
        return left;
    }

    private static Expr binary(String operator, Expr left, Expr right) {
        return Expr.counted(frame -> Operators.operate(frame.budget(), operator, left.eval(frame), right.eval(frame)));
    }

    private Expr concatenation() {
        List<Expr> parts = new ArrayList<>(List.of(product()));
        while (tokens.skipOperator("~")) {
            parts.add(product());
        }
        return parts.size() == 1 ? parts.get(0) : Expr.counted(frame -> concatenate(frame, parts));
    }

    private static Object concatenate(Frame frame, List<Expr> parts) {
        StringBuilder out = new StringBuilder();
        for (Expr part : parts) {
            String text = Strings.str(frame.budget(), part.eval(frame));
            frame.budget().make(text.length());
            out.append(text);
        }
        return out.toString();
    }

    private Expr product() {
        Expr left = power();
        while (isProduct(tokens.current())) {
            left = binary((String) tokens.next().value(), left, power());
        }
        return left;
    }

    private static boolean isProduct(Token token) {
        return token.isOperator("*") || token.isOperator("/") || token.isOperator("//") || token.isOperator("%");
    }

    private Expr power() {
        Expr left = operands.unary(true);
        while (tokens.skipOperator("**")) {
            left = binary("**", left, operands.unary(true));
        }
        return left;
    }
}
