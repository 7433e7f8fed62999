"""Dovecot's authentication service, by which a real Postfix lets clients log in."""

import os
import pwd
import shutil

from peers.process import Process

EXECUTABLE = shutil.which("dovecot") or "/usr/sbin/dovecot"
MECHANISMS = ("plain", "login", "cram-md5", "scram-sha-1", "scram-sha-256")

CONFIGURATION = """\
protocols =
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
ssl = no
disable_plaintext_auth = no
auth_mechanisms = {mechanisms}
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = scheme=PLAIN {folder}/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home=/nonexistent
}}
service auth {{
  unix_listener {socket} {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
service stats {{
  client_limit = 10
}}
"""


def can_run():
    return os.geteuid() == 0 and os.access(EXECUTABLE, os.X_OK)


class Dovecot(Process):
    """Knows `users`, a mapping of names to passwords; `socket` is where Postfix asks."""

    def __init__(self, folder, users, mechanisms=MECHANISMS):
        self.folder = os.path.join(folder, "dovecot")
        os.makedirs(os.path.join(self.folder, "run"))
        os.makedirs(os.path.join(self.folder, "state"))
        self.socket = os.path.join(self.folder, "auth.sock")
        path = os.path.join(self.folder, "users")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(f"{name}:{password}\n" for name, password in users.items())
        os.chown(path, pwd.getpwnam("dovecot").pw_uid, -1)
        configuration = os.path.join(self.folder, "dovecot.conf")
        with open(configuration, "w", encoding="utf-8") as file:
            file.write(
                CONFIGURATION.format(folder=self.folder, socket=self.socket, mechanisms=" ".join(mechanisms))
            )
        super().__init__(
            [EXECUTABLE, "-F", "-c", configuration], os.path.join(self.folder, "output.log"), start_new_session=True
        )
        self.wait_until(lambda: os.path.exists(self.socket), "Dovecot to listen", 30)

    def settings(self):
        """What Postfix is told to ask here."""
        return (
            "smtpd_sasl_auth_enable = yes",
            "smtpd_sasl_type = dovecot",
            f"smtpd_sasl_path = {self.socket}",
            "smtpd_sasl_security_options = noanonymous",
            "smtpd_sasl_authenticated_header = yes",
            "smtpd_relay_restrictions = permit_sasl_authenticated, reject",
        )
