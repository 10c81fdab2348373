#ifndef KDCSYNC_UNITS_H
#define KDCSYNC_UNITS_H

/* What the distribution calls MIT's services, for lines to type, the packages of
 * krb5kdc and kinit, and where it has the KDC's profile (DEFAULT_KDC_PROFILE):
 * Debian, or with make FAMILY=redhat Red Hat and its kin. */
#ifdef FAMILY_REDHAT
#define UNIT_KDC "krb5kdc"
#define UNIT_KADMIND "kadmin"
#define UNIT_KPROPD "kprop"
#define PACKAGE_KDC "krb5-server"
#define PACKAGE_KINIT "krb5-workstation"
#define KDC_CONF "/var/kerberos/krb5kdc/kdc.conf"
#else
#define UNIT_KDC "krb5-kdc"
#define UNIT_KADMIND "krb5-admin-server"
#define UNIT_KPROPD "krb5-kpropd"
#define PACKAGE_KDC "krb5-kdc"
#define PACKAGE_KINIT "krb5-user"
#define KDC_CONF "/etc/krb5kdc/kdc.conf"
#endif

#endif
