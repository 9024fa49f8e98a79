/**
 * The rules, one interface per family and one property per rule. {@code RULES.md} lists them.
 *
 * <p>A property describes the calls, as a script, a random plan or a scene. Its label is the id of
 * its rule and the text in {@code RULES.md}.
 */
@NullMarked
package dev.jetlane.conformance.rules;

import org.jspecify.annotations.NullMarked;
