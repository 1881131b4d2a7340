/* Lists of values that several kinds share. */
#include "proto/record/kinds_tables.h"

const struct enum_value values_topics[] = {
    ENUM_VALUE(TOPIC_DELIVERY, "delivery", "Delivery of the service"),
    ENUM_VALUE(TOPIC_TIMELINESS, "timeliness", "Timeliness"),
    ENUM_VALUE(TOPIC_INFORMATION, "information", "Information"),
    ENUM_VALUE(TOPIC_PROFESSIONALISM, "professionalism", "Professionalism"),
    ENUM_VALUE(TOPIC_STAFF_ATTITUDE, "staff-attitude", "Staff attitude"),
    ENUM_VALUE(TOPIC_DISCRIMINATION, "discrimination", "Discrimination"),
    ENUM_VALUE(TOPIC_PRIVACY, "privacy", "Privacy"),
    ENUM_VALUE(TOPIC_MISROUTED, "misrouted", "Passed on wrongly between partners"),
    ENUM_VALUE(TOPIC_POLICY, "policy", "Policy or decision"),
    ENUM_VALUE(TOPIC_CHARGES, "charges", "Charges"),
    ENUM_VALUE(TOPIC_OTHER, "other", "Other"),
    ENUM_END,
};

const struct enum_value values_channels[] = {
    ENUM_VALUE(CHANNEL_TELEPHONE, "telephone", "Telephone"),
    ENUM_VALUE(CHANNEL_LETTER, "letter", "Letter"),
    ENUM_VALUE(CHANNEL_EMAIL, "email", "E-mail"),
    ENUM_VALUE(CHANNEL_WEB, "web", "Web"),
    ENUM_VALUE(CHANNEL_IN_PERSON, "in-person", "In person"),
    ENUM_VALUE(CHANNEL_CHAT, "chat", "Web chat"),
    ENUM_VALUE(CHANNEL_SOCIAL, "social", "Social media"),
    ENUM_VALUE(CHANNEL_OTHER, "other", "Other"),
    ENUM_END,
};

const struct enum_value values_aspects[] = {
    ENUM_VALUE(ASPECT_COURTESY, "courtesy", "Courtesy"),
    ENUM_VALUE(ASPECT_OWNERSHIP, "ownership", "Ownership"),
    ENUM_VALUE(ASPECT_CLARITY, "clarity", "Clarity"),
    ENUM_VALUE(ASPECT_ACCURACY, "accuracy", "Accuracy"),
    ENUM_VALUE(ASPECT_FOLLOW_UP, "follow-up", "Follow-up"),
    ENUM_VALUE(ASPECT_OTHER, "other", "Other"),
    ENUM_END,
};

const struct enum_value values_schemes[] = {
    ENUM_VALUE(SCHEME_CSE, "cse", "Customer Service Excellence"),
    ENUM_VALUE(SCHEME_ISO_10002, "iso-10002", "ISO 10002"),
    ENUM_END,
};

const struct enum_value values_roles[] = {
    ENUM_VALUE(ROLE_FRONT_LINE, "front-line", "Front line"),
    ENUM_VALUE(ROLE_SENIOR_FRONT_LINE, "senior-front-line", "Senior front line"),
    ENUM_VALUE(ROLE_MANAGER, "manager", "Manager"),
    ENUM_VALUE(ROLE_DIRECTOR, "director", "Director"),
    ENUM_END,
};

const struct enum_value values_iso_standards[] = {
    ENUM_VALUE(STANDARD_ISO_10001, "iso-10001", "ISO 10001, promises to customers"),
    ENUM_VALUE(STANDARD_ISO_10002, "iso-10002", "ISO 10002, complaints handling"),
    ENUM_VALUE(STANDARD_ISO_10003, "iso-10003", "ISO 10003, disputes settled outside"),
    ENUM_VALUE(STANDARD_ISO_10004, "iso-10004", "ISO 10004, measuring satisfaction"),
    ENUM_END,
};

const struct enum_value values_drivers[] = {
    ENUM_VALUE(DRIVER_OVERALL, "overall", "Overall satisfaction"),
    ENUM_VALUE(DRIVER_EASE, "ease", "Ease"),
    ENUM_VALUE(DRIVER_RECOMMEND, "recommend", "Would recommend"),
    ENUM_VALUE(DRIVER_DELIVERY, "delivery", "Delivery of the service"),
    ENUM_VALUE(DRIVER_TIMELINESS, "timeliness", "Timeliness"),
    ENUM_VALUE(DRIVER_INFORMATION, "information", "Information"),
    ENUM_VALUE(DRIVER_PROFESSIONALISM, "professionalism", "Professionalism"),
    ENUM_VALUE(DRIVER_ATTITUDE, "attitude", "Staff attitude"),
    ENUM_VALUE(DRIVER_FAIRNESS, "fairness", "Fair treatment"),
    ENUM_VALUE(DRIVER_CLARITY, "clarity", "Clear information"),
    ENUM_VALUE(DRIVER_PREMISES, "premises", "Premises"),
    ENUM_VALUE(DRIVER_OTHER, "other", "Something else"),
    ENUM_END,
};

const struct enum_value values_measures[] = {
    ENUM_VALUE(DRIVER_OVERALL, "overall", "Overall satisfaction"),
    ENUM_VALUE(DRIVER_EASE, "ease", "Ease"),
    ENUM_VALUE(DRIVER_RECOMMEND, "recommend", "Would recommend"),
    ENUM_VALUE(DRIVER_DELIVERY, "delivery", "Delivery of the service"),
    ENUM_VALUE(DRIVER_TIMELINESS, "timeliness", "Timeliness"),
    ENUM_VALUE(DRIVER_INFORMATION, "information", "Information"),
    ENUM_VALUE(DRIVER_PROFESSIONALISM, "professionalism", "Professionalism"),
    ENUM_VALUE(DRIVER_ATTITUDE, "attitude", "Staff attitude"),
    ENUM_VALUE(DRIVER_FAIRNESS, "fairness", "Fair treatment"),
    ENUM_VALUE(DRIVER_CLARITY, "clarity", "Clear information"),
    ENUM_VALUE(DRIVER_PREMISES, "premises", "Premises"),
    ENUM_END,
};
