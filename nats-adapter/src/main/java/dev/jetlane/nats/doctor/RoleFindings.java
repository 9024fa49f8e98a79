// SPDX-License-Identifier: Apache-2.0
package dev.jetlane.nats.doctor;

import dev.jetlane.nats.doctor.Examination.Level;
import dev.jetlane.nats.doctor.Examination.Report;
import dev.jetlane.nats.layout.QueueLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Compares the rights of a user with those of each role. */
final class RoleFindings {

  private static final int SHOWN = 3;
  private static final String ALL = "*";
  private static final Pattern NAME = Pattern.compile("\\*|[A-Za-z0-9_-]{1,64}");

  private final UserRights rights;
  private final QueueLayout layout;
  private final Collection<String> partitions;
  private final String user;

  /**
   * @param partitions the partitions; none if this user may not list them
   */
  RoleFindings(UserRights rights, QueueLayout layout, Collection<String> partitions) {
    this.rights = rights;
    this.layout = layout;
    this.partitions = partitions.isEmpty() ? named() : partitions;
    user = "this user" + (rights.account().isEmpty() ? "" : " of account " + rights.account());
  }

  void report(Report report) {
    if (rights.unrestricted()) {
      report.add(
          Level.OK, "roles", user + " may publish to every subject, so it has every role", "");
      return;
    }
    boolean any = false;
    for (Role role : Role.values()) {
      String topic = "role " + role.toString().toLowerCase(Locale.ROOT);
      List<String> able = new ArrayList<>();
      String lacks = "";
      for (String partition : role.isOfPartitions() ? partitions : List.of(ALL)) {
        List<String> missing = missing(role, partition);
        if (missing.isEmpty()) {
          able.add(partition);
        } else if (lacks.isEmpty()) {
          lacks = lacks(role, partition, missing);
        }
      }
      any |= !able.isEmpty();
      report.add(Level.OK, topic, user + " " + text(role, able, lacks), "");
    }
    if (!any) {
      String advice = "docs/permissions.conf lists the rights of each role";
      report.add(Level.WARNING, "roles", user + " has the full rights of no role", advice);
    }
  }

  private String text(Role role, List<String> able, String lacks) {
    if (able.isEmpty()) {
      return lacks;
    }
    boolean all = able.size() == partitions.size() && able.size() > SHOWN;
    String which = all ? "all " + able.size() + " partitions" : some(able);
    String has = role.isOfPartitions() ? "has its rights for " + which : "has its rights";
    return lacks.isEmpty() ? has : has + " and " + lacks;
  }

  private List<String> missing(Role role, String partition) {
    return role.subjects(layout, partition).stream()
        .filter(subject -> !rights.mayPublish(subject))
        .toList();
  }

  private static String lacks(Role role, String partition, List<String> missing) {
    return "lacks " + some(missing) + (role.isOfPartitions() ? " for " + partition : "");
  }

  private static String some(List<String> names) {
    int more = names.size() - SHOWN;
    return more > 0
        ? String.join(", ", names.subList(0, SHOWN)) + " and " + more + " more"
        : String.join(", ", names);
  }

  /** Returns the partitions that the rights name; {@code *} for all. */
  private Collection<String> named() {
    TreeSet<String> named = new TreeSet<>();
    for (int index = 0; index < layout.streams(); index++) {
      String next = layout.nextSubject(layout.streamName(index), "");
      for (String prefix : List.of(layout.prefix(index), next)) {
        rights.allowed().stream()
            .filter(subject -> subject.startsWith(prefix))
            .map(subject -> subject.substring(prefix.length()))
            .filter(name -> NAME.matcher(name).matches())
            .forEach(named::add);
      }
    }
    return named.isEmpty() ? List.of(ALL) : named;
  }
}
