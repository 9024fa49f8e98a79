// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.doctor;

import io.nats.client.support.JsonParseException;
import io.nats.client.support.JsonParser;
import io.nats.client.support.JsonValue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rights of a user to publish, as the server reports them. The name of the user is omitted,
 * because it may be a token.
 *
 * @param account the account
 * @param allowed the subjects that it may publish to; all if there are none
 * @param denied the subjects that are excluded
 */
record UserRights(String account, List<String> allowed, List<String> denied) {

  /** Reads the answer of {@code $SYS.REQ.USER.INFO}. */
  static UserRights read(byte[] answer) throws JsonParseException {
    JsonValue data = member(JsonParser.parse(answer), "data");
    JsonValue publish = member(member(data, "permissions"), "publish");
    JsonValue account = member(data, "account");
    return new UserRights(text(account), list(publish, "allow"), list(publish, "deny"));
  }

  private static @Nullable JsonValue member(@Nullable JsonValue parent, String name) {
    return parent == null || parent.map == null ? null : parent.map.get(name);
  }

  private static String text(@Nullable JsonValue value) {
    return value == null || value.string == null ? "" : value.string;
  }

  private static List<String> list(@Nullable JsonValue parent, String name) {
    JsonValue value = member(parent, name);
    return value == null || value.array == null
        ? List.of()
        : value.array.stream().map(UserRights::text).toList();
  }

  boolean unrestricted() {
    return allowed.isEmpty() && denied.isEmpty();
  }

  /** Returns whether the user may publish to all of these subjects, which may have wildcards. */
  boolean mayPublish(String subjects) {
    return (allowed.isEmpty() || allowed.stream().anyMatch(each -> covers(each, subjects)))
        && denied.stream().noneMatch(each -> meets(each, subjects));
  }

  /** Returns whether the first pattern covers all subjects of the second. */
  private static boolean covers(String some, String others) {
    return compare(some, others, true);
  }

  /** Returns whether two patterns have a subject in common. */
  private static boolean meets(String some, String others) {
    return compare(some, others, false);
  }

  private static boolean compare(String some, String others, boolean all) {
    String[] left = some.split("\\.", -1);
    String[] right = others.split("\\.", -1);
    for (int i = 0; i < left.length || i < right.length; i++) {
      if (i == left.length || i == right.length) {
        return false;
      }
      if (left[i].equals(">") || (!all && right[i].equals(">"))) {
        return true;
      }
      boolean same = left[i].equals(right[i]);
      boolean wild = left[i].equals("*") ? !right[i].equals(">") : !all && right[i].equals("*");
      if (!same && !wild) {
        return false;
      }
    }
    return true;
  }
}
